select book_id from {{ ref('stg_books') }}
{{ dbt.except() }}
select book_id from {{ ref('stg_loans') }}
union all
(select book_id from {{ ref('stg_books') }} {{ dbt.intersect() }} select book_id from {{ ref('stg_loans') }})
