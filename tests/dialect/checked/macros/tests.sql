{% test at_most(model, limit_to, column='n') %}
  {{ config(severity='warn', tags=['macro']) }}
  select count({{ column }}) as counted from {{ model }} having count({{ column }}) > {{ limit_to | int }}
{% endtest %}

{% macro test_nothing_but_in_this_column(model, column_name, condition) %}
  select {{ column_name }} from {{ model }} where not ({{ column_name }} {{ condition }})
{% endmacro %}
