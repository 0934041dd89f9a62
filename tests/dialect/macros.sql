{% macro greet(name='you', mark="!") %}hello {{ name }}{{ mark }}{% endmacro %}
{% macro each(items) %}{% for item in items %}{{ caller(item) }}{% endfor %}{% endmacro %}
{% macro box() %}[{{ caller() }}]{% endmacro %}
{%- macro tight(x) -%}
    {{ x }}
{%- endmacro -%}
{% macro loose(x) %}
    {{ x }}
{% endmacro %}
{% macro listed() %}{{ return([1, 'two', none]) }}{% endmacro %}
{% macro mapped() %}{% do return({'a': 1, 'b': [2, 3]}) %}{% endmacro %}
{% macro nothing() %}{{ return(none) }}{% endmacro %}
{% macro number() %}{{ return(7) }} never written{% endmacro %}
{% macro first_over(items, limit) %}
    {% for item in items %}{% if item > limit %}{{ return(item) }}{% endif %}{% endfor %}
    {{ return('none of them') }}
{% endmacro %}
{% macro arguments() %}{{ varargs }} {{ kwargs }}{% endmacro %}
{% macro factorial(n) %}{{ return(1 if n <= 1 else n * factorial(n - 1)) }}{% endmacro %}
{% macro even(n) %}{{ return(true if n == 0 else odd(n - 1)) }}{% endmacro %}
{% macro odd(n) %}{{ return(false if n == 0 else even(n - 1)) }}{% endmacro %}
{% macro uses_context() %}{{ target.name }} {{ this is defined }} {{ project_name }}{% endmacro %}
{% macro inner_set() %}{% set x = 'inner' %}{{ x }}{% endmacro %}
{% macro given_a_macro(f) %}{{ f('from afar') }}{% endmacro %}
{% macro default_of_target(name=target.name) %}{{ name }}{% endmacro %}
{% macro calls_back(x) %}{% call box() %}{{ tight(x) }}{% endcall %}{% endmacro %}
{% macro text_and_return() %}before {{ return('only this') }} after{% endmacro %}
{% macro appends(to) %}{% do to.append('more') %}{% endmacro %}
{% macro __private(x) %}private {{ x }}{% endmacro %}
{% macro default__pick(x) %}default {{ x }}{% endmacro %}
{% macro postgres__choose(x) %}postgres {{ x }}{% endmacro %}
{% macro default__choose(x) %}default {{ x }}{% endmacro %}
{% macro pick(x) %}{{ return(adapter.dispatch('pick')(x)) }}{% endmacro %}
{% macro choose(x) %}{{ return(adapter.dispatch('choose', 'snippets')(x)) }}{% endmacro %}
{% macro log_and_return(x) %}{{ log('seen ' ~ x) }}{{ return(x) }}{% endmacro %}
{% macro type_string() %}my own text{% endmacro %}
