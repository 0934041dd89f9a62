{{ config(materialized='table') }}

-- A refund counts in the month in which it was paid, which may have no orders.
with ordered as (
    select
        ordered_month as month,
        count(*) as orders,
        sum(total) as revenue
    from {{ ref('stg_orders') }}
    group by 1
),

refunded as (
    select
        refunded_month as month,
        sum(amount) as refunds
    from {{ ref('stg_refunds') }}
    group by 1
)

select
    month,
    coalesce(ordered.orders, 0) as orders,
    coalesce(ordered.revenue, 0) as revenue,
    coalesce(refunded.refunds, 0) as refunds,
    coalesce(ordered.revenue, 0) - coalesce(refunded.refunds, 0) as net_revenue
from ordered
full join refunded using (month)
order by month
