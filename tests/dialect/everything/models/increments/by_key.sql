{{ config(unique_key='loan_id', on_schema_change='fail') }}
select loan_id, book_id, returned_at, changed_at
from {{ ref('stg_loans') }}
{% if is_incremental() %}
where changed_at >= (select max(changed_at) from {{ this }})
{% endif %}
