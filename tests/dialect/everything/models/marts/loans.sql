select * from {{ ref('int_loans_with_members') }}
