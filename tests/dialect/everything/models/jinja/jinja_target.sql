select
    '{{ target.database }}' = current_database() as is_database,
    '{{ target.dbname }}' = '{{ this.database }}' as is_relations,
    (select count(*) from {{ target.database }}.information_schema.tables where table_schema = 'desk_raw') as tables,
    (select count(*) from information_schema.columns where table_schema = 'plain') as columns,
    (select count(*) from pg_catalog.pg_namespace where nspname in ('plain', 'desk_raw')) as schemas
