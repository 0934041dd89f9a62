{{ config(tags=['singular'], error_if='> 1') }}
select * from {{ ref('inner_numbers') }} where twice = 12
