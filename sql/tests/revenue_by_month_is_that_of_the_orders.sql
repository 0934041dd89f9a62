with months as (
    select
        sum(orders) as orders,
        sum(revenue) as revenue,
        sum(refunds) as refunds
    from {{ ref('revenue_by_month') }}
)

select
    months.*,
    ordered.orders as orders_there,
    ordered.revenue as revenue_there,
    refunded.refunds as refunds_there
from months
cross join (select count(*) as orders, sum(total) as revenue from {{ ref('stg_orders') }}) as ordered
cross join (select sum(amount) as refunds from {{ ref('stg_refunds') }}) as refunded
where (months.orders, months.revenue, months.refunds)
    is distinct from (ordered.orders::numeric, ordered.revenue, coalesce(refunded.refunds, 0))
