-- an ephemeral model that reads an ephemeral model
with loans as (select * from {{ ref('int_loans') }})
select loans.*, m.name as member_name, m.vip
from loans
inner join {{ ref('stg_members') }} as m using (member_id)
