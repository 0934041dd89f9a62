{% test same_count(model, as_model) %}
select ours.n, theirs.n as other
from (select count(*) as n from {{ model }}) as ours
cross join (select count(*) as n from {{ as_model }}) as theirs
where ours.n > theirs.n
{% endtest %}
