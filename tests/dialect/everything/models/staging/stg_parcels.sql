with parcels_seen as (select * from parcels)
select parcel_id, weight from parcels_seen
union all
select p.parcel_id + 10, weight from parcels as p where exists (select from public.parcels)
