{{ config(materialized='incremental') }}
select n from {{ ref('numbers') }}
{% if is_incremental() %} where n > (select coalesce(max(n), 0) from {{ this }}) {% endif %}
