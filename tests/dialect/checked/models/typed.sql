select
    id * {{ var('rate') }} as id,
    visitor::varchar(3) as visitor,
    name as country,
    '{{ env_var('CHECKED_ZONE', 'cet') }}' as zone,
    {{ double(2) }} as doubled,
    cast(id as {{ dbt.type_int() }}) as ids
from {{ source('outside', 'visits') }} left join {{ ref('countries') }} on code = visitor
