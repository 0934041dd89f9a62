select * from {{ source('plain', 'visits') }} where seen_at is not null
