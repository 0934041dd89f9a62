select *
from {{ ref('cohort_retention') }}
where (months_since = 0 and retention <> 1) or active > customers
