{% macro cents(column, scale=2) %}
    ({{ column }} * {{ 10 ** scale }})::bigint
{% endmacro %}

{%- macro write_diary(what) -%}
    insert into {{ target.schema }}.diary values ('{{ what }}', '{{ project_name }}')
{%- endmacro -%}

{% macro shout(text) %}{{ return(adapter.dispatch('shout')(text)) }}{% endmacro %}
{% macro default__shout(text) %}upper({{ text }}) || '?'{% endmacro %}
{% macro postgres__shout(text) %}upper({{ text }}) || '!'{% endmacro %}

{% macro whisper(text) %}{{ adapter.dispatch('whisper', 'everything')(text) }}{% endmacro %}
{% macro default__whisper(text) %}lower({{ text }}){% endmacro %}
