-- title: Refund rate by product
-- description: Of the orders with a product, the share in which it came back. Products with at least 20 orders.
-- chart: bar x=name y=refund_rate
select name, category, orders, refunds, refund_rate
from refund_rate_by_product
where orders >= 20
order by refund_rate desc, product_id
