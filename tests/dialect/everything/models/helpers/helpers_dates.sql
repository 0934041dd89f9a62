{{ config(materialized='table') }}
with moments as (select * from {{ ref('stg_loans') }})
select
    loan_id,
    {{ dbt.date_trunc('month', 'lent_at') }} as month,
    {{ dbt.date_trunc('week', 'cast(lent_at as date)') }} as week,
    {{ date_trunc("day", "lent_at") }} as day,
    {{ dbt.dateadd('day', 7, 'lent_at') }} as next_week,
    {{ dbt.dateadd(datepart='month', interval=-1, from_date_or_timestamp='lent_at') }} as last_month,
    {{ dateadd('hour', 3, "'2024-01-01'::date") }} as hours,
    {%- for part in ['day', 'week', 'month', 'quarter', 'year', 'hour', 'minute', 'second', 'millisecond', 'microsecond'] %}
    {{ dbt.datediff('lent_at', 'returned_at', part) }} as in_{{ part }}s,
    {%- endfor %}
    {{ datediff("'2023-12-31'", "'2024-03-01'", 'day') }} as days,
    {{ dbt.last_day('lent_at', 'month') }} as month_end,
    {{ dbt.last_day('lent_at', 'quarter') }} as quarter_end,
    {{ dbt.last_day('lent_at', 'year') }} as year_end,
    {{ dbt.date(2024, 2, 29) }} as a_date,
    {{ dbt.current_timestamp() }} >= lent_at as now,
    {{ dbt.current_timestamp_backcompat() }} >= lent_at as now_as_it_was,
    {{ dbt.current_timestamp_in_utc_backcompat() }} >= lent_at as now_in_utc,
    {{ current_timestamp() }} is not null as now_without_prefix,
    '{{ dbt.partition_range("20240101, 20240103") | join(" ") }}'::text as partitions,
    '{{ dbt.dates_in_range("2024-02-28", "2024-03-01", in_fmt="%Y-%m-%d", out_fmt="%d%m") | join(" ") }}'::text as dates
from moments
