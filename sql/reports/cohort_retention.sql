-- title: Cohort retention
-- description: Of the customers who first ordered in a month, the share that ordered again so many months later.
select to_char(cohort_month, 'YYYY-MM') as cohort, customers, months_since, active, retention
from cohort_retention
order by 1, months_since
