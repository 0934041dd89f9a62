select * from {{ ref('fees_by_member') }} where total < 0
