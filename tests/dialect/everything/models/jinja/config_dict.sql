{{ config({'materialized': 'table', 'schema': 'marts'}) }}
select {{ ref('stg_books') }}.book_id from {{ ref('stg_books') }}
