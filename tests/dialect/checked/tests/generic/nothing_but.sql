{% test nothing_but(model, condition) %}
  select * from {{ model }} where not ({{ condition }})
{% endtest %}
