-- title: Revenue by month
-- description: What was ordered in each month, and what was paid back in it, whenever it was ordered.
-- chart: bar x=month y=revenue

select
    to_char(month, 'YYYY-MM') as month,
    orders,
    revenue,
    refunds,
    net_revenue
from revenue_by_month
order by month
