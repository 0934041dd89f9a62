with source as (

    select * from {{ ref('books') }}

),

renamed as (

    select
        book_id,
        trim(title) as title,
        author,
        coalesce(genre, '{{ var("no_genre", "none") }}') as genre,
        pages,
        price,
        published,
        in_print,
        weight,
        added_at
    from source
    where extract(year from published) >= {{ var('oldest') }} {# the package's own #}

)

select * from renamed
