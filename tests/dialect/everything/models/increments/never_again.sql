{{ config(full_refresh=false) }}
select loan_id, {{ 'true' if is_incremental() else 'false' }} as late from {{ ref('stg_loans') }}
{% if is_incremental() %} where loan_id > (select max(loan_id) from {{ this }}) {% endif %}
