-- Roles and schemas of a minidata database. Run by `minidata up`; safe to run again.
--
--   minidata_loader   writes the sources' schemas and the ledger
--   minidata_analyst  reads the sources, builds and publishes
--   minidata_reader   reads what is published, and nothing else
--
-- Where Postgres is minidata's own, `up` lets them log in. Elsewhere whoever runs this takes them on, unless an
-- administrator has prepared the database (`minidata db grants`). Where the login may not create roles, there are none
-- and every step works as the login itself.

do $$
declare
  wanted text;
  -- Since Postgres 16 one may be a member of a role and yet not take it on, as whoever creates a role is at first.
  taken_on constant text := case when current_setting('server_version_num')::int < 160000 then 'member' else 'set' end;
begin
  foreach wanted in array array['minidata_loader', 'minidata_analyst', 'minidata_reader'] loop
    if not exists (select from pg_catalog.pg_roles where rolname = wanted)
       and (select rolsuper or rolcreaterole from pg_catalog.pg_roles where rolname = current_user) then
      execute format('create role %I nologin', wanted);
    end if;
    if exists (select from pg_catalog.pg_roles where rolname = wanted) and not pg_has_role(wanted, taken_on) then
      begin
        execute format('grant %I to current_user', wanted);
      exception when insufficient_privilege then
        -- Steps of this role then need a login of their own; `up` says so.
        raise notice 'this login may not take on %', wanted;
      end;
    end if;
  end loop;
end
$$;

create schema if not exists minidata;
create schema if not exists minidata_build;
create schema if not exists analytics;

comment on schema minidata is 'The ledger: what was loaded, quarantined, tested and published.';
comment on schema minidata_build is 'Relations built by models, one per version; readers never look here.';
comment on schema analytics is 'What is published: views over tested relations.';

do $$
begin
  if exists (select from pg_catalog.pg_roles where rolname = 'minidata_loader') then
    execute format('grant connect, create, temporary on database %I to minidata_loader', current_database());
    execute format('grant connect on database %I to minidata_analyst, minidata_reader', current_database());
    -- A model may be published in a schema of its own: analytics_finance.
    execute format('grant create on database %I to minidata_analyst', current_database());
    grant usage, create on schema minidata to minidata_loader, minidata_analyst;
    grant usage, create on schema minidata_build, analytics to minidata_analyst;
    grant usage on schema analytics to minidata_reader;
    -- Not to read the ledger: a report says which publish it shows.
    grant usage on schema minidata to minidata_reader;
  end if;
end
$$;

do $$
begin
  -- What each makes from now on. Only they themselves, or who takes them on, may say so.
  if exists (select from pg_catalog.pg_roles where rolname = 'minidata_loader' and pg_has_role(oid, 'usage')) then
    alter default privileges for role minidata_loader grant usage on schemas to minidata_analyst;
    alter default privileges for role minidata_loader grant select on tables to minidata_analyst;
    alter default privileges for role minidata_analyst in schema analytics grant select on tables to minidata_reader;
  end if;
end
$$;
