-- title: Cohort retention
-- description: Of the customers who first ordered in a month, the percentage who ordered again so many months later. A
--   month that is still to come has no number.

select
    to_char(cohort_month, 'YYYY-MM') as first_order,
    max(customers) as customers,
    round(100 * max(retention) filter (where months_since = 1), 1) as month_1,
    round(100 * max(retention) filter (where months_since = 2), 1) as month_2,
    round(100 * max(retention) filter (where months_since = 3), 1) as month_3,
    round(100 * max(retention) filter (where months_since = 4), 1) as month_4,
    round(100 * max(retention) filter (where months_since = 5), 1) as month_5,
    round(100 * max(retention) filter (where months_since = 6), 1) as month_6,
    round(100 * max(retention) filter (where months_since = 9), 1) as month_9,
    round(100 * max(retention) filter (where months_since = 12), 1) as month_12
from cohort_retention
group by cohort_month
order by cohort_month
