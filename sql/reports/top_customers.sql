-- title: Top customers
-- description: The twenty customers with the highest lifetime value: what they paid, less what they got back.
-- chart: bar x=name y=lifetime_value
select name, country, orders, revenue, refunds, lifetime_value
from customer_lifetime_value
order by lifetime_value desc, customer_id
limit 20
