select member_id, count(*) from {{ ref('loans') }} group by 1 order by 2 desc limit {{ var('how_many', 3) }}
