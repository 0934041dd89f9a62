select l.*, b.title, b.genre
from {{ ref('stg_loans') }} as l
left join {{ ref('stg_books') }} as b using (book_id)
