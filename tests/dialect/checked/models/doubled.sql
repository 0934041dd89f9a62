select * from {{ ref('inner_numbers') }}
