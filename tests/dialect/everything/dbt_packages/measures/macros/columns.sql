{% macro columns_of(relation, but=[]) %}
    {{ return(adapter.dispatch('columns_of', 'measures')(relation, but)) }}
{% endmacro %}

{% macro default__columns_of(relation, but) %}
    {%- do measures._must_be_relation(relation) -%}
    {%- if not execute -%}{{ return('*') }}{%- endif -%}
    {%- set names = [] -%}
    {%- for column in adapter.get_columns_in_relation(relation) if column.name not in but -%}
        {%- do names.append(column.quoted ~ ('::text' if column.is_string() else '')  ~ ' as ' ~ adapter.quote(column.name)) -%}
    {%- endfor -%}
    {{ return(names | join(', ')) }}
{% endmacro %}

{% macro _must_be_relation(relation) %}
    {%- if not (relation is mapping and relation.get('metadata', {}).get('type', '').endswith('Relation')) -%}
        {%- do exceptions.raise_compiler_error("this is no relation: " ~ relation) -%}
    {%- endif -%}
{% endmacro %}

{% macro values_of(relation, column) %}
    {%- if not execute -%}{{ return([]) }}{%- endif -%}
    {%- call statement('values_of', fetch_result=true) -%}
        select distinct {{ column }} as value from {{ relation }} order by 1
    {%- endcall -%}
    {{ return(load_result('values_of')['data'] | map(attribute=0) | list) }}
{% endmacro %}

{% macro width() %}{{ var('widest', 1) }}{% endmacro %}
{% macro shout(text) %}{{ text }} of the package{% endmacro %}
{% macro calls_shout(text) %}{{ shout(text) }}, {{ measures.shout(text) }}{% endmacro %}

{% test at_most(model, column_name, most) %}
{{ return(adapter.dispatch('test_at_most', 'measures')(model, column_name, most)) }}
{% endtest %}
{% macro default__test_at_most(model, column_name, most) %}
select {{ "*" if should_store_failures() else "1" }} from {{ model }} where {{ column_name }} > {{ most }}
{% endmacro %}
