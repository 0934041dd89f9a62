{%- set genres = var('genres') -%}
with loans as (
    select * from {{ ref('int_loans_with_members') }}
),
again as (
    select * from {{ ref('int_loans') }}
)
select
    member_id,
    {% for genre in genres %}
    count(*) filter (where genre = '{{ genre }}') as {{ genre }}_loans{% if not loop.last %},{% endif %}
    {% endfor %}
    {{- ',' }} (select count(*) from again) as of_all
from loans
group by member_id
