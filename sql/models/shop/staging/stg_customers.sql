select
    id as customer_id,
    name,
    email,
    country,
    newsletter,
    created_at
from {{ source('shop', 'customers') }}
