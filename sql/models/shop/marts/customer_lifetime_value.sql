{{ config(materialized='table') }}

-- A customer whose own record is in quarantine still has orders: the row is there, the name is not.
with ordered as (
    select
        customer_id,
        min(ordered_at) as first_order_at,
        count(*) as orders,
        sum(total) as revenue
    from {{ ref('stg_orders') }}
    group by 1
),

refunded as (
    select
        orders.customer_id,
        sum(refunds.amount) as refunds
    from {{ ref('stg_refunds') }} as refunds
    inner join {{ ref('stg_orders') }} as orders using (order_id)
    group by 1
)

select
    customer_id,
    customers.name,
    customers.country,
    ordered.first_order_at,
    coalesce(ordered.orders, 0) as orders,
    coalesce(ordered.revenue, 0) as revenue,
    coalesce(refunded.refunds, 0) as refunds,
    coalesce(ordered.revenue, 0) - coalesce(refunded.refunds, 0) as lifetime_value
from {{ ref('stg_customers') }} as customers
full join ordered using (customer_id)
left join refunded using (customer_id)
