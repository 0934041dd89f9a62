-- title: Revenue by month
-- description: What orders brought in, what went back as refunds, and what stayed. Months are in UTC.
-- chart: bar x=month y=net_revenue
select to_char(month, 'YYYY-MM') as month, orders, revenue, refunds, net_revenue
from revenue_by_month
order by 1
