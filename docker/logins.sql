-- Let the roles of sql/init.sql log in, each with a password of its own, and nobody else. psql reads the files itself,
-- so that no password is in an argument or in the environment. Run by compose.yaml's db once, when its volume is new.
\set loader `cat /run/secrets/loader_password`
\set analyst `cat /run/secrets/analyst_password`
\set reader `cat /run/secrets/reader_password`
alter role minidata_loader login password :'loader';
alter role minidata_analyst login password :'analyst';
alter role minidata_reader login password :'reader';

revoke all on database minidata, postgres, template1 from public;
revoke create on schema public from public;
grant connect on database minidata to minidata_loader, minidata_analyst, minidata_reader;
-- Rows that are being loaded are first copied to a temporary table.
grant temporary on database minidata to minidata_loader;
