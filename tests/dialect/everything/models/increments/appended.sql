{{ config(incremental_strategy='append') }}
select loan_id, lent_at, {{ 'true' if is_incremental() else 'false' }} as late
from {{ ref('stg_loans') }}
{% if is_incremental() %}
where lent_at > (select max(lent_at) from {{ this }})
{% endif %}
