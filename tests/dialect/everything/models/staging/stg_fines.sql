-- A table's name with a capital; {{ "and Jinja in a comment" }}
select fine_id, loan_id, amount::numeric(10, 2) as amount, '{{ var("currency") }}'::text as currency
from {{ source('desk', 'Fines') }}
