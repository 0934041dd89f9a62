select * from {{ ref('what_is_not_there') }}
