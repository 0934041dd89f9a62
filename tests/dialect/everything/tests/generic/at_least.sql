{% test at_least(model, column_name, least=0) %}

with wrong as (
    select {{ column_name }} as value from {{ model }} where {{ column_name }} < {{ least }}
)
select * from wrong

{% endtest %}
