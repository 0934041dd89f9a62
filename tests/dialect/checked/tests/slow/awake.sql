{{ config(enabled=true, fail_calc='max(n)', severity='warn') }}
select * from {{ ref('numbers') }} where n > {{ var('rate') }}
