{{ config(unique_key='loan_id', on_schema_change='sync_all_columns') }}
select loan_id
    {% if is_incremental() %}, returned_at {% else %}, book_id {% endif %}
from {{ ref('stg_loans') }}
