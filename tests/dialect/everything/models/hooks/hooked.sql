{{ config(
    materialized='table',
    pre_hook=["create table if not exists {{ target.schema }}.notes (place text, n bigint)",
              {"sql": "insert into {{ target.schema }}.notes select 'before', 0", "transaction": true}],
    post_hook=[
        "insert into {{ target.schema }}.notes select 'after {{ this.name }}', count(*) from {{ this }}",
        "analyze {{ this }}",
        "comment on table {{ this }} is 'hooked'"
    ]
) }}
select * from {{ ref('codes') }}
