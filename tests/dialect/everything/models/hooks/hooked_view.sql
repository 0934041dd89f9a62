{{ config(materialized='view', post_hook="comment on view {{ this }} is 'a view'") }}
select * from {{ ref('hooked') }}
