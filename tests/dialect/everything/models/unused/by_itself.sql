{{ config(enabled=true, materialized='view') }}
select 1 as one
