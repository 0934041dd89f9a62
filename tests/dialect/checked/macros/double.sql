{% macro double(number) %}{{ number * 2 }}{% endmacro %}
