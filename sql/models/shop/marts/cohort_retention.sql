{{ config(materialized='table') }}

-- A cohort is the customers whose first order was in one month. A month without any of them is a row too, with zero.
with active_months as (
    select distinct
        customer_id,
        ordered_month as month
    from {{ ref('stg_orders') }}
),

cohorts as (
    select
        customer_id,
        min(month) as cohort_month
    from active_months
    group by 1
),

sizes as (
    select
        cohort_month,
        count(*) as customers
    from cohorts
    group by 1
),

activity as (
    select
        cohorts.cohort_month,
        active_months.month,
        count(*) as active
    from active_months
    inner join cohorts using (customer_id)
    group by 1, 2
),

months as (
    select
        sizes.cohort_month,
        sizes.customers,
        month::date as month
    from sizes
    cross join lateral generate_series(
        sizes.cohort_month::timestamp,
        (select max(active_months.month)::timestamp from active_months),
        interval '1 month'
    ) as month
)

select
    months.cohort_month,
    (
        12 * (extract(year from months.month) - extract(year from months.cohort_month))
        + extract(month from months.month) - extract(month from months.cohort_month)
    )::integer as months_since,
    months.customers,
    coalesce(activity.active, 0) as active,
    round(coalesce(activity.active, 0)::numeric / months.customers, 4) as retention
from months
left join activity using (cohort_month, month)
order by 1, 2
