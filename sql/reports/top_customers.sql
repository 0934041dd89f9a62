-- title: Top customers
-- description: The twenty customers who brought the most: all their orders, less what was paid back.
-- chart: bar x=customer y=lifetime_value

select
    coalesce(name, 'customer ' || customer_id) as customer,
    country,
    first_order_at::date as first_order,
    orders,
    revenue,
    refunds,
    lifetime_value
from customer_lifetime_value
order by lifetime_value desc, customer_id
limit 20
