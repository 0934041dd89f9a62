{{ config(materialized='table') }}

-- The feed says where in words, "12 km SSW of Volcano, Hawaii": the region is what stands behind the last comma.
with quakes as (
    select
        (occurred_at at time zone 'UTC')::date as day,
        coalesce(trim(split_part(place, ',', -1)), 'unknown') as region,
        magnitude,
        place,
        depth,
        id
    from {{ source('usgs', 'quakes') }}
    where type = 'earthquake' and status <> 'deleted'
),

counted as (
    select
        day,
        region,
        count(*) as quakes
    from quakes
    group by 1, 2
),

strongest as (
    select distinct on (day, region)
        day,
        region,
        magnitude as strongest,
        place,
        depth as depth_km
    from quakes
    order by day, region, magnitude desc nulls last, id
)

select
    day,
    region,
    counted.quakes,
    strongest.strongest,
    strongest.place,
    strongest.depth_km
from counted
inner join strongest using (day, region)
