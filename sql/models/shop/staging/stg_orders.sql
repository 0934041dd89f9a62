-- Months are those of UTC, wherever the one who asks may be.
select
    id as order_id,
    number as order_number,
    customer_id,
    status,
    channel,
    currency,
    ordered_at,
    date_trunc('month', ordered_at at time zone 'UTC')::date as ordered_month,
    total
from {{ source('shop', 'orders') }}
