{% test expression_holds(model, expression) %}
select * from {{ model }} where not ({{ expression }})
{% endtest %}

{% test all_before_now(model, column) %}
    {{ config(severity='error', tags=['clock']) }}
    select {{ column }} from {{ model }} where {{ column }} > {{ dbt.current_timestamp() }}
{% endtest %}
