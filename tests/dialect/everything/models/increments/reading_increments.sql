{{ config(materialized='table') }}
select late, count(*) as loans from {{ ref('appended') }} group by 1
