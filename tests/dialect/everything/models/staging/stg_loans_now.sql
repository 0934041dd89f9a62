select loan_id, returned_at, dbt_valid_from from {{ ref('loans_over_time') }} where dbt_valid_to is null
