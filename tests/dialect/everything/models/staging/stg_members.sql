{{ config(tags=['people', 'staging']) }}
select member_id, name, joined, coalesce(vip, false) as vip, score
from {{ ref('everything', 'members') }}
