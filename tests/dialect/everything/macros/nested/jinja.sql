{% macro squares(upto) %}
    {% set found = [] %}
    {% for number in range(1, upto + 1) %}
        {% do found.append(number * number) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{% macro early(number) %}
    {% if number > 3 %}
        {{ return('many') }}
    {% endif %}
    {% do return('few') %}
{% endmacro %}

{% macro wrapped(name) %}
    with {{ name }} as ({{ caller() }}) select '{{ name }}'::text as wrapped_in, * from {{ name }}
{% endmacro %}

{% macro numbered() %}{{ varargs | join('+') }}/{{ kwargs.items() | list | length }}{% endmacro %}

{% macro _inner(x) %}{{ x }}_inner{% endmacro %}
{% macro outer(x) %}{{ everything._inner(x) }}_{{ _inner('y') }}{% endmacro %}

{% macro guard(value) %}
    {% if value is none %}
        {{ exceptions.raise_compiler_error("no value was given to " ~ model.name) }}
    {% elif value == 'odd' %}
        {% do exceptions.warn("an odd value") %}
    {% endif %}
    {{- value -}}
{% endmacro %}
