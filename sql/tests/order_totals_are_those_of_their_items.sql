select
    orders.order_id,
    orders.total,
    sum(items.amount) as items_total
from {{ ref('stg_orders') }} as orders
left join {{ ref('stg_order_items') }} as items using (order_id)
group by 1, 2
having orders.total is distinct from sum(items.amount)
