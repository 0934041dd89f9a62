{{ config(materialized='incremental', unique_key='loan_id', on_schema_change='append_new_columns') }}
select changed_at, loan_id from {{ ref('stg_loans') }}
