{{ config(unique_key='loan_id', incremental_strategy='merge',
          incremental_predicates=["DBT_INTERNAL_DEST.changed_at < DBT_INTERNAL_SOURCE.changed_at"]) }}
select loan_id, changed_at, {{ 2 if is_incremental() else 1 }} as first_seen_in from {{ ref('stg_loans') }}
