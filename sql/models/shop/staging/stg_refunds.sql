select
    id as refund_id,
    order_id,
    product_id,
    quantity,
    amount,
    reason,
    refunded_at,
    date_trunc('month', refunded_at at time zone 'UTC')::date as refunded_month
from {{ source('shop', 'refunds') }}
