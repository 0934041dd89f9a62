{{ config(materialized='table') }}

-- Of the orders with a product, those in which it was refunded: at least once is once.
with ordered as (
    select distinct
        product_id,
        order_id
    from {{ ref('stg_order_items') }}
),

refunded as (
    select distinct
        product_id,
        order_id
    from {{ ref('stg_refunds') }}
),

counted as (
    select
        ordered.product_id,
        count(*) as orders,
        count(refunded.order_id) as refunds
    from ordered
    left join refunded using (product_id, order_id)
    group by 1
)

select
    counted.product_id,
    products.sku,
    products.name,
    products.category,
    counted.orders,
    counted.refunds,
    round(counted.refunds::numeric / counted.orders, 4) as refund_rate
from counted
left join {{ ref('stg_products') }} as products using (product_id)
