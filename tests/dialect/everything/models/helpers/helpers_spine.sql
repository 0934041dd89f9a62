{{ config(materialized='table') }}
with days as (
    {{ dbt.date_spine('day', "cast('2024-02-27' as date)", "cast('2024-03-03' as date)") }}
),
numbers as (
    {{ dbt.generate_series(9) }}
)
select date_day, generated_number, {{ dbt.get_powers_of_two(9) }} as powers
from days
inner join numbers on generated_number = extract(day from date_day)
