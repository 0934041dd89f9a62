{{ config(materialized='table') }}
{%- set genres = measures.values_of(ref('stg_books'), 'genre') %}
select member_id
    {%- for genre in genres %}, count(*) filter (where genre = '{{ genre }}') as "{{ genre }}"{% endfor %}
from {{ ref('loans') }} group by 1
