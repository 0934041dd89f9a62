-- without a key the rows are appended
select fine_id, amount from {{ ref('stg_fines') }}
{% if is_incremental() -%}
where fine_id > (select coalesce(max(fine_id), 0) from {{ this }})
{%- endif %}
