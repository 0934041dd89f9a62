{# The project's own version of a macro of dbt's, found before dbt's by `dispatch` in dbt_project.yml. #}
{% macro default__length(expression) %}
    char_length({{ expression }})
{% endmacro %}

{% macro postgres__length(expression) %}
    (0 + char_length({{ expression }}))
{% endmacro %}
