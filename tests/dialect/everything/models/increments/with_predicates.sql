{{ config(unique_key='loan_id', incremental_strategy='delete+insert', incremental_predicates=["loan_id <> 2", "dbt_internal_dest.loan_id > 0"]) }}
select loan_id, changed_at, {{ 2 if is_incremental() else 1 }} as first_seen_in from {{ ref('stg_loans') }}
