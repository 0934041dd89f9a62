-- title: Strongest earthquakes
-- description: The strongest earthquake of each day in each region, and how many there were. Magnitude 2.5 and more.

select
    day,
    region,
    quakes,
    strongest as magnitude,
    depth_km,
    place
from strongest_quakes
where strongest >= 2.5
order by day desc, strongest desc, region
