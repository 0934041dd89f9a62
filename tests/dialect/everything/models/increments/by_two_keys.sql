{{ config(unique_key=['member_id', 'book_id'], incremental_strategy='delete+insert') }}
select member_id, book_id, count(*) as loans, max(lent_at) as last_lent, '{{ this.name }}' as made_by
from {{ ref('stg_loans') }}
{% if is_incremental() %}
where (member_id, book_id) in (
    select member_id, book_id from {{ ref('stg_loans') }}
    where lent_at > (select max(last_lent) from {{ this }})
)
{% endif %}
group by 1, 2
