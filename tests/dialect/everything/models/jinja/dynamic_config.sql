{% set options = dict(materialized='table', tags=['dynamic']) %}
{% if var('in_marts', true) %}{% do options.update({'schema': 'marts'}) %}{% endif %}
{{ config(**options) }}
{{ config(alias='configured_' ~ target.name) }}
{% if execute %}{% set n = 5 %}{% else %}{% set n = 1 %}{% endif %}
-- depends_on: {{ ref('stg_books') }}
select {{ n }} as n
