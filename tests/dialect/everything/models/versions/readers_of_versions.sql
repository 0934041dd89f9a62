select 'latest' as which, full_name as name from {{ ref('dim_readers') }}
union all
select 'first', name from {{ ref('dim_readers', v=1) }}
union all
select 'second', full_name from {{ ref('everything', 'dim_readers', version=2) }}
union all
select 'next', member_id::text from {{ ref('dim_readers', version=3) }}
