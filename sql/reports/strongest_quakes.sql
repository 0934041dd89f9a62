-- title: Strongest earthquakes
-- description: The strongest quake of each day and region, of those with a magnitude of 4 and more.
-- chart: bar x=place y=strongest
select day, region, quakes, strongest, place, depth_km
from strongest_quakes
where strongest >= 4
order by day desc, strongest desc, region
