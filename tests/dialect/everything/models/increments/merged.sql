{{ config(
    unique_key='loan_id', incremental_strategy='merge', merge_update_columns=['returned_at', 'changed_at'],
    indexes=[{'columns': ['changed_at']}]
) }}
select loan_id, returned_at, changed_at, {{ 2 if is_incremental() else 1 }} as first_seen_in
from {{ ref('stg_loans') }}
{% if is_incremental() %}
where changed_at > (select max(changed_at) from {{ this }})
{% endif %}
