{{ config(materialized='table') }}
select third, count(*) as count, sum(twice) as sum
from {{ ref('doubled') }} join {{ ref('numbers') }} using (n)
group by third
