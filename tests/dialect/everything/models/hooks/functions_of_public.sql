{{ config(pre_hook="create table if not exists unqualified (a integer)", post_hook="insert into unqualified select 1") }}
select twice(21) as answer
