{% set query %}select genre, count(*) as books, max(price) as dearest from {{ ref('stg_books') }} group by 1 order by 1{% endset %}
{% set found = run_query(query) %}
{% if execute %}
    {% set dearest = found.columns['dearest'].values() | max %}
    {% set lines = [] %}
    {% for row in found.rows %}{% do lines.append(row['genre'] ~ '=' ~ row[1]) %}{% endfor %}
{% endif %}
{% set seen = load_relation(ref('stg_books')) %}
{% set there = adapter.get_relation(database=target.database, schema='desk_raw', identifier='loan_events') %}
{% set nowhere = adapter.get_relation(database=target.database, schema='desk_raw', identifier='nothing') %}
select
    {{ dearest or 0 }} as dearest,
    '{{ (lines or []) | join(", ") }}'::text as genres,
    {{ (found.columns | length) if execute else 0 }} as columns,
    '{{ seen is not none }} {{ there is none }} {{ nowhere is none }} {{ there.is_table if there }}'::text as relations
