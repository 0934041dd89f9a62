select member_id, name as full_name, vip from {{ ref('stg_members') }}
