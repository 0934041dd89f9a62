{{ config(materialized='table') }}
select title, book_id, price, pages, in_print from {{ ref('books') }}
