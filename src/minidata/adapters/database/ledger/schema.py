"""
The tables of the ledger, by version: made where there are none, brought up where they are older.

    1  run, object, quarantine
    2  ledger (the version) and forgotten; rows of a rebuild beside those that are in use; discarded records
"""

VERSION = 2

# A key that was deleted is kept as its digest: with what JSON escapes, no index could hold the longest ones.
MAKING = """
create table if not exists minidata.run (
  key text collate "C" not null,
  source text not null,
  stream text not null,
  run text collate "C" not null,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  pages integer not null,
  loaded_at timestamptz not null default now(),
  rebuild boolean not null default false,
  primary key (key, rebuild)
);
create table if not exists minidata.object (
  id bigint generated always as identity primary key,
  key text collate "C" not null,
  sha256 text not null,
  source text not null,
  stream text not null,
  run text collate "C" not null,
  page integer not null,
  fetched bigint not null default 0,
  loaded bigint not null default 0,
  deduplicated bigint not null default 0,
  quarantined bigint not null default 0,
  row_fingerprint text not null,
  loaded_at timestamptz not null default now(),
  rebuild boolean not null default false,
  constraint accounted check (fetched = loaded + deduplicated + quarantined),
  constraint object_key unique (key, rebuild)
);
create index if not exists object_in_order on minidata.object (source, stream, run, page);
create table if not exists minidata.quarantine (
  id bigint generated always as identity primary key,
  object bigint not null references minidata.object,
  record integer,
  code text not null,
  pointer text not null,
  message text not null,
  detail text not null,
  row_fingerprint text not null,
  quarantined_at timestamptz not null default now(),
  discarded_at timestamptz,
  discard_reason text
);
create index if not exists quarantine_object on minidata.quarantine (object);
comment on table minidata.quarantine is 'Why a record (place in its object; null: all of it) was not loaded.';
create table if not exists minidata.deleted (
  source text not null,
  stream text not null,
  rebuild boolean not null default false,
  key bytea not null,
  _record integer not null,
  _object bigint not null references minidata.object on delete cascade,
  primary key (source, stream, rebuild, key)
);
create index if not exists deleted_object on minidata.deleted (_object);
comment on column minidata.deleted.key is 'SHA-256 of the values as a JSON array of Postgres';
"""

FROM_1 = """
alter table minidata.run add column rebuild boolean not null default false;
alter table minidata.run drop constraint run_pkey, add primary key (key, rebuild);
alter table minidata.object add column rebuild boolean not null default false;
alter table minidata.object drop constraint object_key_key, add constraint object_key unique (key, rebuild);
alter table minidata.quarantine
  add column if not exists discarded_at timestamptz, add column if not exists discard_reason text;
"""

# Whoever deletes from the ledger otherwise than minidata does leaves a note behind: an object that nobody knows to be
# loaded would be loaded a second time.
REMEMBERING = """
create table if not exists minidata.ledger (version integer not null);
create table if not exists minidata.forgotten (
  source text not null,
  stream text not null,
  rebuild boolean not null,
  forgotten_at timestamptz not null default now(),
  primary key (source, stream, rebuild)
);
comment on table minidata.forgotten is 'Streams of which somebody deleted objects from the ledger, and not their rows.';
create or replace function minidata.note_deleted() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  if current_setting('minidata.forgets', true) is distinct from 'on' then
    insert into minidata.forgotten (source, stream, rebuild)
      select distinct source, stream, rebuild from deleted on conflict do nothing;
  end if;
  return null;
end $$;
create or replace function minidata.note_truncated() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  insert into minidata.forgotten (source, stream, rebuild)
    select distinct source, stream, rebuild from minidata.object on conflict do nothing;
  return null;
end $$;
create or replace trigger note_deleted after delete on minidata.object
  referencing old table as deleted for each statement execute function minidata.note_deleted();
create or replace trigger note_truncated before truncate on minidata.object
  for each statement execute function minidata.note_truncated();
"""
