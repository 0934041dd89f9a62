-- What stands in the database before the project is built: the tables of its sources.
create schema desk_raw;
create table desk_raw.loan_events (
  loan_id integer primary key, book_id integer, member_id integer, lent_at timestamp, returned_at timestamp, changed_at timestamp
);
insert into desk_raw.loan_events values
  (1, 1, 10, '2024-01-05 10:00', '2024-01-20 12:00', '2024-01-20 12:00'),
  (2, 2, 11, '2024-01-06 11:00', null, '2024-01-06 11:00'),
  (3, 1, 12, '2024-02-01 09:15', '2024-02-03 09:15', '2024-02-03 09:15'),
  (4, 3, 10, '2024-02-29 16:45', null, '2024-02-29 16:45'),
  (5, 5, 13, '2024-03-01 08:00', '2024-03-31 08:00', '2024-03-31 08:00');
create table desk_raw."Fines" (fine_id integer, loan_id integer, amount double precision, note text);
insert into desk_raw."Fines" values (1, 1, 2.5, 'late'), (2, 3, 0.1, null), (3, 3, 0.2, 'later'), (4, 99, 7, 'no such loan');
create schema plain;
create table plain.visits (member_id bigint, seen_at timestamptz, detail jsonb, tags text[], "Odd Name" numeric(5, 1));
insert into plain.visits values
  (10, '2024-03-10 00:30:00+00', '{"door": 1}', '{a,b}', 1.5), (11, null, null, null, null),
  (11, '2024-03-10 23:30:00+00', '[]', '{}', null);
grant usage on schema desk_raw, plain to public;
grant select on all tables in schema desk_raw, plain to public;
create function public.twice(integer) returns integer language sql immutable as $$ select 2 * $1 $$;
create table public.parcels (parcel_id integer, weight numeric);
insert into public.parcels values (1, 2.5), (2, null);
grant select on public.parcels to public;
