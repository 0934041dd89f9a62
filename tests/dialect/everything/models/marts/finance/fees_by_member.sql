{{ config(alias='fees', post_hook="create index if not exists fees_by_total on {{ this }} (total)") }}
{% set fees = var('fees') %}
select
    l.member_id,
    sum(f.amount) as total,
    least(sum(extract(day from l.returned_at - l.lent_at)) * {{ fees.day }}, {{ fees['most'] }})::numeric(10, 2) as by_the_day,
    max({{ cents('f.amount') }}) as highest_cents
from {{ ref('stg_fines') }} as f
inner join {{ ref('stg_loans') }} as l on l.loan_id = f.loan_id
group by 1
