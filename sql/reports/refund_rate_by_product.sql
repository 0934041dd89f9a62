-- title: Refund rate by product
-- description: Of the orders with a product, the share in which it was paid back. The twenty with the highest share, of
--   those ordered often enough to tell.
-- chart: bar x=product y=refund_percent

select
    coalesce(name, 'product ' || product_id) as product,
    sku,
    category,
    orders,
    refunds,
    round(100 * refund_rate, 1) as refund_percent
from refund_rate_by_product
where orders >= 10
order by refund_rate desc, product_id
limit 20
