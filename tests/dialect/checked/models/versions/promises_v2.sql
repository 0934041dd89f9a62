select n, third from {{ ref('numbers') }}
