{{ config(
    materialized='materialized_view',
    on_configuration_change='apply',
    indexes=[{'columns': ['member_id'], 'unique': true}],
) }}
select member_id, count(*) as loans, '{{ config.get("materialized") }}' as made_as
from {{ ref('loans') }}
group by member_id
