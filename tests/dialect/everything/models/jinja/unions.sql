{% set models = ['stg_loans', 'stg_fines'] %}
{% for name in models -%}
select '{{ name }}'::text as model, count(*) as n from {{ ref(name) }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
