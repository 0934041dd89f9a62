select book_id, title from {{ ref('promised_books') }}
