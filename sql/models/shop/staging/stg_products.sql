select
    id as product_id,
    sku,
    name,
    category,
    price,
    active
from {{ source('shop', 'products') }}
