"""How models become relations, with indexes, hooks and grants, and where readers see them."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest

from minidata.adapters.database.connection import READER, Database
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError, EngineError, Exit
from minidata.steps.analyze import Wishes, analyze
from minidata.steps.test import test as run_tests

Write = Callable[..., None]

TABLE = "{{ config(materialized='table') }} "
KINDS = """
select n.nspname || '.' || c.relname, c.relkind::text, c.relpersistence::text from pg_class c
join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'minidata_build' and c.relkind in ('r', 'v') order by 1
"""


def kinds(database: Database) -> dict[str, str]:
    return {
        name.split(".")[1].rpartition("__")[0]: kind + persistence for name, kind, persistence in database.rows(KINDS)
    }


def test_a_view_over_a_loaded_table_is_stored_and_what_reads_it_is_a_view(
    project: Project, owner: Database, reader: Database, write: Write, load_orders: Write
) -> None:
    load_orders(1)
    write(
        raw="{{ config(materialized='ephemeral') }} select total from {{ source('shop', 'orders') }}",
        stored="select total from {{ ref('raw') }}",
        live="select total from {{ ref('stored') }}",
    )
    analyze(project)
    load_orders(2)

    assert kinds(owner) == {"stored": "rp", "live": "vp"}
    assert reader.rows("select * from analytics.live") == [(1,)]


def test_live_views_see_rows_before_they_are_tested(
    project: Project, owner: Database, reader: Database, write: Write, load_orders: Write
) -> None:
    (project.root / "minidata.toml").write_text("[analyze]\nlive_views = true\n")
    load_orders(1)
    write(a="select total from {{ source('shop', 'orders') }}")
    analyze(Project.find())
    load_orders(2)

    assert kinds(owner) == {"a": "vp"}
    assert reader.rows("select * from analytics.a order by 1") == [(1,), (2,)]


def test_an_ephemeral_model_stands_inside_what_reads_it(
    project: Project, owner: Database, reader: Database, write: Write, put: Write
) -> None:
    write(
        a="{{ config(materialized='ephemeral') }} select 1 as n -- a comment at the end",
        b="{{ config(materialized='ephemeral') }}\nselect a.n + x.n as n from {{ ref('a') }} as x, a",
        c="select b.n, y.n as m from {{ ref('b') }} cross join {{ ref('b') }} y",
    )
    put("sql/tests/b_is_small.sql", "select * from {{ ref('b') }} where n > 1")

    facts = analyze(project)

    assert (facts.exit_code, facts.tests[0].failures) == (Exit.TESTS, 1)
    put("sql/tests/b_is_small.sql", "select * from {{ ref('b') }} where n > 2")
    assert [model.name for model in analyze(project).models] == ["c"]
    assert reader.rows("select * from analytics.c") == [(2, 2)]
    assert kinds(owner) == {"c": "vp"}


def test_a_mistake_in_an_ephemeral_model_is_told_with_its_own_line(project: Project, write: Write) -> None:
    write(
        a="{{ config(materialized='ephemeral') }}\nselect\n1 as n,\nnope",
        b="select *\nfrom {{ ref('a') }}",
        c="select n\n, other\nfrom {{ ref('d') }}",
        d="{{ config(materialized='ephemeral') }}\nselect\n1 as n",
    )

    failed = {model.name: model.message for model in analyze(project).models}

    assert failed["b"] == 'model b: column "nope" does not exist (sql/models/a.sql:4)'
    assert failed["c"] == 'model c: column "other" does not exist (sql/models/c.sql:2)'


def test_a_changed_ephemeral_model_is_a_change_of_what_reads_it(
    project: Project, reader: Database, write: Write
) -> None:
    write(a="{{ config(materialized='ephemeral') }} select 1 as n", b=f"{TABLE} select * from {{{{ ref('a') }}}}")
    analyze(project)
    write(a="{{ config(materialized='ephemeral') }} select 2 as n")

    assert analyze(project).models[0].why == "a is built anew"
    assert reader.rows("select * from analytics.b") == [(2,)]


def test_a_seed_is_a_table_that_models_read(project: Project, reader: Database, write: Write, put: Write) -> None:
    put("sql/seeds/countries.csv", 'code,name,since\nDE,"Germany, the",1949-05-23\nFR,,1958-10-04\n')
    write(a="select name, since + 1 as next from {{ ref('countries') }} order by code")

    facts = analyze(project)

    assert [(model.name, model.rows) for model in facts.models] == [("countries", 2), ("a", None)]
    assert [(name, str(day)) for name, day in reader.rows("select * from analytics.a")] == [
        ("Germany, the", "1949-05-24"),
        (None, "1958-10-05"),
    ]
    put("sql/seeds/countries.csv", "code,name,since\nIT,Italy,1946-06-10\n")
    assert [model.why for model in analyze(project).models] == ["its rows have changed", "countries is built anew"]


def test_a_seed_whose_values_are_not_of_its_type_is_told(project: Project, put: Write) -> None:
    put("sql/seeds/codes.csv", "code\nDE\n")
    put("sql/seeds/codes.yml", "seeds: [{name: codes, config: {column_types: {code: integer}}}]")

    facts = analyze(project)

    assert facts.exit_code == Exit.CONFIG
    assert 'seed codes: invalid input syntax for type integer: "DE"' in facts.models[0].message


def test_indexes_and_unlogged_are_as_configured(project: Project, owner: Database, write: Write) -> None:
    unique, hashed = "{'columns': ['n', 'm'], 'unique': true}", "{'columns': ['M'], 'type': 'hash'}"
    config = f"materialized='table', unlogged=true, indexes=[{unique}, {hashed}]"
    write(a=f"{{{{ config({config}) }}}} select 1 as n, 2 as m")

    analyze(project)

    assert kinds(owner) == {"a": "ru"}
    made = (
        "select substring(indexdef from ' USING .*'), indexdef like 'CREATE UNIQUE%' from pg_indexes"
        " where schemaname = 'minidata_build' order by 1"
    )
    assert owner.rows(made) == [(" USING btree (n, m)", True), (" USING hash (m)", False)]


def test_an_index_of_what_is_no_column_is_told(project: Project, write: Write) -> None:
    write(a="{{ config(materialized='table', indexes=[{'columns': ['lower(n)']}]) }} select 'A' as n")

    assert "model a: indexes names 'lower(n)', which is no column of it" in analyze(project).models[0].message


def test_hooks_run_with_the_build_or_not_at_all(project: Project, owner: Database, write: Write) -> None:
    owner.run("create table public.log (said text); grant all on public.log to public")
    before = "pre_hook=\"insert into public.log values ('before')\""
    statements = "insert into public.log select 'after ' || n from {{ this }}; insert into public.log values ('last')"
    hooks = f'{before}, post_hook=["{statements}"]'
    write(a=f"{{{{ config(materialized='table', {hooks}) }}}} select 7 as n")
    analyze(project)
    write(a=f"{{{{ config(materialized='table', {hooks}) }}}} select 'x'::int as n")

    failed = analyze(project)

    assert owner.rows("select said from public.log") == [("before",), ("after 7",), ("last",)]
    assert failed.exit_code == Exit.CONFIG


def test_a_hook_cannot_end_the_transaction(project: Project, write: Write) -> None:
    write(a="{{ config(post_hook='commit') }} select 7 as n")

    assert "a hook cannot COMMIT" in analyze(project).models[0].message


def test_statements_around_all_of_it_are_run(project: Project, owner: Database, write: Write, put: Write) -> None:
    owner.run("create table public.log (said text); grant all on public.log to public")
    put(
        "sql/dbt_project.yml",
        "name: shop\non-run-start: \"insert into public.log values ('start')\"\n"
        "on-run-end: \"insert into public.log select 'end ' || n from {{ ref('a') }}\"\n",
    )
    write(a="select 7 as n")

    analyze(project)

    assert owner.rows("select said from public.log") == [("start",), ("end 7",)]


@pytest.fixture
def auditor(owner: Database) -> Iterator[str]:
    owner.run("create role auditor_of_grants")
    yield "auditor_of_grants"
    owner.run("drop owned by auditor_of_grants")
    owner.run("drop role auditor_of_grants")


def test_grants_reach_the_published_view(project: Project, owner: Database, write: Write, auditor: str) -> None:
    may = "select " + ", ".join(f"has_table_privilege('{auditor}', 'analytics.{name}', 'select')" for name in "abc")
    hook = f"post_hook='grant select on {{{{ this }}}} to {auditor}'"
    write(
        a=f"{{{{ config(grants={{'select': ['{auditor}']}}) }}}} select 7 as n",
        b=f"{{{{ config({hook}) }}}} select 7 as n",
        c=f"{{{{ config(materialized='incremental', {hook}) }}}} select 7 as n",
    )
    analyze(project)
    assert owner.rows(may) == [(True, True, True)]

    write(a="{{ config(grants={'select': []}) }} select 7 as n")
    analyze(project)

    assert owner.rows(may)[0][0] is False


def test_models_are_shown_in_schemas_and_under_names_of_their_own(
    project: Project, owner: Database, reader: Database, write: Write
) -> None:
    write(a="{{ config(schema='finance', alias='ledger') }} select 7 as n", b="select n + 1 as n from {{ ref('a') }}")

    analyze(project)

    assert reader.rows("select l.n, b.n from analytics_finance.ledger l, analytics.b") == [(7, 8)]
    owner_of = "select pg_get_userbyid(nspowner)::text from pg_namespace where nspname = 'analytics_finance'"
    assert owner.rows(owner_of) == [("minidata_analyst",)]


def test_a_schema_that_may_not_be_made_is_told_before_anything_runs(
    project: Project, owner: Database, write: Write
) -> None:
    owner.run(
        "do $$ begin execute format('revoke create on database %I from minidata_analyst', current_database()); end $$"
    )
    write(a="{{ config(schema='finance') }} select 7 as n")

    with pytest.raises(EngineError, match="minidata_analyst may not make the schema analytics_finance"):
        analyze(project)

    assert kinds(owner) == {}


@pytest.mark.parametrize(
    ("models", "said"),
    [
        (
            {"a": "{{ config(alias='x') }} select 1 as n", "b": "{{ config(alias='x') }} select 2 as n"},
            "are both shown as",
        ),
        ({"x": "select 1 as n", "b": "{{ config(alias='x') }} select 2 as n"}, "are both shown as"),
        ({"a": "{{ config(alias='y' * 64) }} select 1 as n"}, "cannot be a name in Postgres"),
    ],
)
def test_two_models_are_not_shown_as_one(
    project: Project, owner: Database, write: Write, models: dict[str, str], said: str
) -> None:
    write(**models)

    with pytest.raises(ConfigError, match=said):
        analyze(project)

    assert kinds(owner) == {}


def test_nothing_is_shown_where_minidata_keeps_its_own(project: Project, write: Write, put: Write) -> None:
    put("sql/macros/schema.sql", "{% macro generate_schema_name(name, node) %}minidata{% endmacro %}")
    write(a="select 1 as n")

    with pytest.raises(ConfigError, match="the schema minidata is not for models"):
        analyze(project)


def test_a_model_that_moves_leaves_its_old_view_as_an_orphan(project: Project, reader: Database, write: Write) -> None:
    write(a="select 1 as n")
    analyze(project)
    write(a="{{ config(alias='b') }} select 2 as n")

    facts = analyze(project)

    assert facts.orphans == ("analytics.a",)
    assert reader.rows("select a.n, b.n from analytics.a, analytics.b") == [(1, 2)]
    write(a="{{ config(alias='b') }} select 3 as n")
    assert analyze(project).orphans == ("analytics.a",)
    write(a="select 4 as n")
    assert analyze(project).orphans == ("analytics.b",)
    assert reader.rows("select a.n, b.n from analytics.a, analytics.b") == [(4, 3)]


def test_a_query_that_depends_on_what_is_there_is_rendered_late(
    project: Project, reader: Database, write: Write
) -> None:
    write(
        kinds=f"{TABLE} select * from (values ('x'), ('y')) as v (kind)",
        a="{% set kinds = run_query('select kind from ' ~ ref('kinds') ~ ' order by 1') %}select "
        "{% for row in kinds %}'{{ row[0] }}' as {{ row[0] }}_{{ 'kind' }}{{ ', ' if not loop.last }}{% endfor %}",
    )

    facts = analyze(project)

    assert facts.exit_code == Exit.DONE, facts.models
    assert reader.rows("select * from analytics.a") == [("x", "y")]
    write(kinds=f"{TABLE} select 'z' as kind")
    assert analyze(project).published
    assert reader.rows("select * from analytics.a") == [("z",)]


def test_a_macro_that_is_called_late_is_part_of_the_model(
    project: Project, reader: Database, write: Write, put: Callable[[str, str], None]
) -> None:
    put("sql/macros/f.sql", "{% macro f() %}{% if execute %}{{ var('n', 1) }}{% else %}0{% endif %}{% endmacro %}")
    write(one=f"{TABLE} select 1 as n", a=f"{TABLE} select n, {{{{ f() }}}} as m from {{{{ ref('one') }}}}")
    analyze(project)
    assert not analyze(project).published
    assert reader.rows("select m from analytics.a") == [(1,)]

    put("sql/macros/f.sql", "{% macro f() %}{% if execute %}{{ var('n', 2) }}{% else %}0{% endif %}{% endmacro %}")
    analyze(project)
    assert reader.rows("select m from analytics.a") == [(2,)]
    analyze(project, variables={"n": "3"})
    assert reader.rows("select m from analytics.a") == [(3,)]


def test_an_ephemeral_model_may_depend_on_what_is_there(
    project: Project, reader: Database, write: Write, put: Callable[[str, str], None]
) -> None:
    days = """dbt.date_spine('day', "date '2024-01-01'", "(select max(day) from " ~ ref('ends') ~ ")")"""
    write(
        ends=f"{TABLE} select date '2024-01-04' as day",
        spine="{{ config(materialized='ephemeral') }} {{ " + days + " }}",
        around="{{ config(materialized='ephemeral') }} select date_day::date as day from {{ ref('spine') }}",
        a="select count(*)::int as n, max(day) as last from {{ ref('around') }}",
    )
    put("sql/tests/some.sql", "select count(*) from {{ ref('around') }} having count(*) <> 3")

    facts = analyze(project)

    assert facts.published, facts
    assert reader.rows("select * from analytics.a") == [(3, date(2024, 1, 3))]
    assert run_tests(project).exit_code == Exit.DONE


def test_readers_may_read_in_each_schema(project: Project, reader: Database, write: Write) -> None:
    write(a="{{ config(schema='x') }} select 1 as n")
    analyze(project)

    assert reader.rows("select has_schema_privilege(%s, 'analytics_x', 'usage')", [READER]) == [(True,)]


def test_full_refresh_builds_what_has_not_changed_and_the_next_one_nothing(project: Project, write: Write) -> None:
    write(a=f"{TABLE} select 1 as n", b="select n from {{ ref('a') }}")
    analyze(project)

    again = analyze(project, Wishes(full_refresh=True))

    assert [(model.status, model.why) for model in again.models] == [("built", "asked by --full-refresh")] * 2
    assert [model.status for model in analyze(project).models] == ["unchanged", "unchanged"]
