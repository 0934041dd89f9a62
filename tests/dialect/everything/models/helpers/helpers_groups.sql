select
    genre,
    {{ dbt.listagg('title', "', '", 'order by title') }} as titles,
    {{ dbt.listagg('title', "'; '", 'order by title', 1) }} as first_title,
    {{ dbt.any_value("'same'::text") }} as any_one,
    {{ dbt.bool_or('in_print') }} as any_in_print
from {{ ref('stg_books') }}
group by genre
