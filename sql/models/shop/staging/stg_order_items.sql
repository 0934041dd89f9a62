-- The shop sends an order's items inside of it. Numbers in JSON are cast from their text, so no cent gets lost.
select
    orders.id as order_id,
    item.line,
    (item.value ->> 'product_id')::bigint as product_id,
    (item.value ->> 'quantity')::bigint as quantity,
    (item.value ->> 'unit_price')::numeric as unit_price,
    (item.value ->> 'quantity')::bigint * (item.value ->> 'unit_price')::numeric as amount
from {{ source('shop', 'orders') }} as orders
cross join lateral jsonb_array_elements(orders.items) with ordinality as item (value, line)
