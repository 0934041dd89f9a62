{{ config(unique_key=['loan_id'], incremental_strategy='merge', merge_exclude_columns=['first_seen_in']) }}
select loan_id, returned_at, {{ 2 if is_incremental() else 1 }} as first_seen_in, changed_at
from {{ ref('stg_loans') }}
{% if is_incremental() %}
where changed_at > (select max(changed_at) from {{ this }})
{% endif %}
