{{
    config(
        materialized='table',
        tags='events',
        alias='loans_staged',
        indexes=[
            {'columns': ['loan_id'], 'unique': True},
            {'columns': ['member_id', 'book_id'], 'type': 'btree'},
        ]
    )
}}
select
    loan_id, book_id, member_id, lent_at, returned_at,
    (returned_at is null) as still_out, changed_at
from {{ source('desk', 'loans') }}
