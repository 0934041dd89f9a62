select member_id, name from {{ ref('stg_members') }}
