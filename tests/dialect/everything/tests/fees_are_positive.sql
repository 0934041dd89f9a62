select * from {{ ref('fees_by_member') }} where total < 0 and '{{ this.name }}' <> 'x'
