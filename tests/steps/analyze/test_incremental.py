"""Incremental models: what an increment does, as dbt does it, and what readers see meanwhile and after going back."""

from collections.abc import Callable

import pytest

from minidata.adapters.database.connection import Database
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError, Exit
from minidata.steps.analyze import Wishes, analyze
from minidata.steps.rollback import rollback

Write = Callable[..., None]


@pytest.fixture
def given(owner: Database) -> Callable[[str], None]:
    """Let ``public.given`` be what a query returns: a table that others fill."""

    def given(query: str) -> None:
        owner.run("drop table if exists public.given cascade")
        owner.run(f"create table public.given as {query}")
        owner.run("grant select on public.given to public")

    return given


def model(config: str = "", query: str = "select * from public.given") -> str:
    return f"{{{{ config(materialized='incremental'{', ' if config else ''}{config}) }}}} {query}"


def shown(database: Database, columns: str = "*") -> list[tuple[object, ...]]:
    return database.rows(f"select {columns} from analytics.a order by 1, 2")


def test_new_rows_are_appended(project: Project, reader: Database, write: Write, given: Write) -> None:
    newer = "{% if is_incremental() %} where n > (select max(n) from {{ this }}) {% endif %}"
    write(a=model(query=f"select * from public.given {newer}"))
    given("select 1 as n, 'a' as v")
    analyze(project)
    given("select * from (values (1, 'x'), (2, 'b')) as x (n, v)")

    facts = analyze(project)

    assert (facts.models[0].status, facts.models[0].rows) == ("built", 1)
    assert shown(reader) == [(1, "a"), (2, "b")]


@pytest.mark.parametrize(
    "asking",
    [
        "{% set top = run_query('select max(n) from ' ~ this).columns[0].values()[0] %}",
        "{% set top = run_query('select max(n) from ' ~ this)[0][0] if execute else 0 %}",
        """{% call statement('top', fetch_result=true) %} select max(n) from {{ this }} {% endcall %}
        {% set top = load_result('top')['data'][0][0] %}""",
    ],
)
def test_an_increment_may_ask_what_is_there(
    project: Project, reader: Database, write: Write, given: Write, asking: str
) -> None:
    newer = f"{{% if is_incremental() %}} {asking} where n > {{{{ top }}}} {{% endif %}}"
    write(a=model(query=f"select * from public.given {newer}"))
    given("select 1 as n, 'a' as v")
    analyze(project)
    given("select * from (values (1, 'x'), (2, 'b')) as x (n, v)")

    facts = analyze(project)

    assert (facts.models[0].status, facts.models[0].rows) == ("built", 1), facts.models
    assert shown(reader) == [(1, "a"), (2, "b")]


def test_an_incremental_model_that_is_not_there_yet_is_not_found(
    project: Project, reader: Database, write: Write, given: Write
) -> None:
    asked = "'{{ load_relation(this) is none }}' as v, {{ adapter.get_columns_in_relation(this) | length }} as w"
    write(a=model(query=f"select n, {asked} from public.given"))
    for n in (1, 2):
        given(f"select {n} as n")
        analyze(project)

    assert shown(reader) == [(1, "True", 0), (2, "False", 3)]


def test_what_goes_wrong_before_an_increment_asks_is_told_at_once(project: Project, write: Write) -> None:
    write(a=model(query="select 1 as n {% if is_incremental() %} where n > {{ nobody() }} {% endif %}"))

    with pytest.raises(ConfigError, match=r"a\.sql:1: there is no 'nobody' here"):
        analyze(project)


@pytest.mark.parametrize("strategy", ["delete+insert", "merge"])
def test_rows_of_a_key_are_replaced(
    project: Project, reader: Database, write: Write, given: Write, strategy: str
) -> None:
    write(a=model(f"unique_key=['n', 'm'], incremental_strategy='{strategy}'"))
    given("select * from (values (1, 1, 'a'), (1, 2, 'b'), (null, 1, 'c')) as x (n, m, v)")
    analyze(project)
    given("select * from (values (1, 2, 'B'), (null, 1, 'C'), (3, 3, 'd')) as x (n, m, v)")

    analyze(project)

    # Nulls are not equal, as in dbt.
    assert shown(reader) == [(1, 1, "a"), (1, 2, "B"), (3, 3, "d"), (None, 1, "c"), (None, 1, "C")]


def test_a_merge_writes_the_columns_that_it_is_told(
    project: Project, reader: Database, write: Write, given: Write
) -> None:
    write(a=model("unique_key='n', incremental_strategy='merge', merge_update_columns=['v']"))
    given("select 1 as n, 'old' as v, 'old' as w")
    analyze(project)
    given("select * from (values (1, 'new', 'new'), (2, 'new', 'new')) as x (n, v, w)")
    analyze(project)
    assert shown(reader) == [(1, "new", "old"), (2, "new", "new")]

    write(a=model("unique_key='n', incremental_strategy='merge', merge_exclude_columns=['V']"))
    given("select 1 as n, 'newer' as v, 'newer' as w")
    analyze(project)

    assert shown(reader) == [(1, "new", "newer"), (2, "new", "new")]


def test_two_new_rows_for_one_are_refused_by_a_merge(
    project: Project, reader: Database, write: Write, given: Write
) -> None:
    write(a=model("unique_key='n', incremental_strategy='merge'"))
    given("select 1 as n, 'a' as v")
    analyze(project)
    given("select * from (values (1, 'b'), (1, 'c')) as x (n, v)")

    facts = analyze(project)

    assert facts.exit_code == Exit.CONFIG
    assert "model a: MERGE command cannot affect row a second time" in facts.models[0].message
    assert shown(reader) == [(1, "a")]


def test_a_key_that_is_no_column_is_told(project: Project, write: Write, given: Write) -> None:
    write(a=model("unique_key='nn'"))
    given("select 1 as n, 'a' as v")
    analyze(project)
    given("select 2 as n, 'a' as v")

    facts = analyze(project)

    assert "model a: unique_key names 'nn', which is no column of it" in facts.models[0].message


def test_readers_keep_the_rows_of_what_is_published(
    project: Project, reader: Database, write: Write, put: Write, given: Write
) -> None:
    write(a=model("unique_key='n'"), b="select sum(n) as n from {{ ref('a') }}")
    put("sql/tests/small.sql", "select * from {{ ref('a') }} where n > 3")
    given("select 1 as n, 'a' as v")
    analyze(project)
    given("select * from (values (1, 'b'), (9, 'b')) as x (n, v)")
    failed = analyze(project)
    assert (failed.exit_code, shown(reader)) == (Exit.TESTS, [(1, "a")])
    given("select * from (values (1, 'c'), (2, 'c')) as x (n, v)")

    assert analyze(project).published

    assert shown(reader) == [(1, "c"), (2, "c")]
    assert reader.rows("select n from analytics.b") == [(3,)]


def test_what_did_not_pass_is_published_once_it_does(
    project: Project, reader: Database, write: Write, put: Write, load_orders: Write
) -> None:
    write(
        a=model(query="select id, total from {{ source('shop', 'orders') }}")
        + " {% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}"
    )
    put("sql/tests/small.sql", "select * from {{ ref('a') }} where total > 3")
    load_orders(1)
    analyze(project)
    load_orders(9)
    assert analyze(project).exit_code == Exit.TESTS
    put("sql/tests/small.sql", "select * from {{ ref('a') }} where total > 30")

    facts = analyze(project)

    assert (facts.models[0].status, facts.published) == ("unchanged", True)
    assert shown(reader, "total, id") == [(1, 1), (9, 2)]


def test_an_unchanged_model_over_unchanged_tables_stays(
    project: Project, reader: Database, write: Write, load_orders: Write
) -> None:
    write(a=model(query="select id, total from {{ source('shop', 'orders') }}"))
    load_orders(1)
    analyze(project)

    assert analyze(project).models[0].status == "unchanged"
    assert shown(reader) == [(1, 1)]


def test_going_back_shows_the_rows_of_then_and_the_next_increment_stands_on_them(
    project: Project, reader: Database, write: Write, given: Write
) -> None:
    write(a=model("unique_key='n'"))
    given("select 1 as n, 'a' as v")
    analyze(project)
    given("select * from (values (1, 'b'), (2, 'b')) as x (n, v)")
    analyze(project)

    rollback(project)
    assert shown(reader) == [(1, "a")]
    given("select 3 as n, 'c' as v")
    analyze(project)

    assert shown(reader) == [(1, "a"), (3, "c")]


def test_a_full_refresh_forgets_the_rows_that_were(
    project: Project, reader: Database, write: Write, given: Write
) -> None:
    write(a=model(), b=model("full_refresh=false").replace("public.given", "public.given where n < 3"))
    given("select 1 as n, 'a' as v")
    analyze(project)
    given("select 2 as n, 'b' as v")

    analyze(project, Wishes(full_refresh=True))

    assert shown(reader) == [(2, "b")]
    assert reader.rows("select n from analytics.b order by 1") == [(1,), (2,)]


CHANGES = [
    ("ignore", "select 2 as n, 'b' as v, 5 as w", [(1, "a"), (2, "b")], ["n", "v"]),
    ("append_new_columns", "select 2 as n, 'b' as v, 5 as w", [(1, "a", None), (2, "b", 5)], ["n", "v", "w"]),
    ("append_new_columns", "select 2 as n, 5 as w", [(1, "a", None), (2, None, 5)], ["n", "v", "w"]),
    ("sync_all_columns", "select 5 as w, 2 as n", [(1, None), (2, 5)], ["n", "w"]),
    ("sync_all_columns", "select 2::numeric as n, 'b' as v", [("a", 1), ("b", 2)], ["v", "n"]),
    ("ignore", "select 'b' as v, 2 as n", [(1, "a"), (2, "b")], ["n", "v"]),
    ("ignore", "select 2::smallint as n, 'b'::varchar as v", [(1, "a"), (2, "b")], ["n", "v"]),
]


@pytest.mark.parametrize("hook", ["", ", pre_hook='create temp table before_it as select 1'"], ids=["", "with a hook"])
@pytest.mark.parametrize("case", CHANGES, ids=str)
def test_columns_change_as_the_model_says(  # noqa: PLR0913, PLR0917 - what is given
    project: Project, reader: Database, write: Write, given: Write, case: tuple[str, str, object, object], hook: str
) -> None:
    mode, query, rows, columns = case
    write(a=model(f"on_schema_change='{mode}'{hook}"))
    given("select 1 as n, 'a' as v")
    analyze(project)
    given(query)

    facts = analyze(project)

    assert facts.exit_code == Exit.DONE, facts.models[0].message
    assert shown(reader) == rows
    named = (
        "select attname::text from pg_attribute where attrelid = 'analytics.a'::regclass and attnum > 0 order by attnum"
    )
    assert [name for (name,) in reader.rows(named)] == columns


def test_a_column_that_went_and_comes_again_is_empty_before(
    project: Project, reader: Database, write: Write, given: Write
) -> None:
    write(a=model("on_schema_change='sync_all_columns'"))
    for query in ("select 1 as n, 'a' as v", "select 2 as n", "select 3 as n, 'c' as v"):
        given(query)
        analyze(project)

    assert shown(reader) == [(1, None), (2, None), (3, "c")]


@pytest.mark.parametrize(
    "case",
    [
        ("fail", "select 2 as n, 'b' as v, 5 as w", "its columns change (w is new), and it says fail"),
        ("fail", "select 'b' as v", "its columns change (n is gone), and it says fail"),
        ("fail", "select 2::numeric as n, 'b' as v", "its columns change (n becomes numeric), and it says fail"),
        ("ignore", "select 2 as n", "its query gives no column v any more"),
    ],
)
def test_columns_that_may_not_change_are_told(
    project: Project, reader: Database, write: Write, given: Write, case: tuple[str, str, str]
) -> None:
    mode, query, said = case
    write(a=model(f"on_schema_change='{mode}'"))
    given("select 1 as n, 'a' as v")
    analyze(project)
    given(query)

    facts = analyze(project)

    assert facts.models[0].message == f"model a: {said}"
    assert shown(reader) == [(1, "a")]


def test_a_unique_index_holds_for_the_rows_that_count(
    project: Project, reader: Database, write: Write, given: Write
) -> None:
    write(a=model("unique_key='n', indexes=[{'columns': ['n'], 'unique': true}, {'columns': ['v'], 'type': 'hash'}]"))
    for query in ("select 1 as n, 'a' as v", "select 1 as n, 'b' as v"):
        given(query)
        assert analyze(project).exit_code == Exit.DONE
    given("select * from (values (7, 'b'), (7, 'c')) as x (n, v)")

    facts = analyze(project)

    assert "duplicate key value violates unique constraint" in facts.models[0].message
    assert shown(reader) == [(1, "b")]


def test_rows_that_no_version_shows_are_collected(
    project: Project, owner: Database, write: Write, given: Write
) -> None:
    write(a=model("unique_key='n'"))
    for n in range(6):
        given(f"select 1 as n, {n} as v")
        analyze(project)

    (table,) = owner.rows(
        "select relname from pg_class where relnamespace = 'minidata_build'::regnamespace and relkind = 'r'"
    )[0]
    assert owner.rows(f'select v from minidata_build."{table}" order by 1') == [(4,), (5,)]


def test_a_hook_that_deletes_rows_does_it_aside(
    project: Project, reader: Database, write: Write, put: Write, given: Write
) -> None:
    write(a=model("pre_hook='{% if is_incremental() %} delete from {{ this }} where n = 1 {% endif %}'"))
    put("sql/tests/small.sql", "select * from {{ ref('a') }} where n > 8")
    given("select 1 as n, 'a' as v union all select 2, 'a'")
    analyze(project)
    given("select 9 as n, 'b' as v")
    failed = analyze(project)
    assert (failed.exit_code, shown(reader)) == (Exit.TESTS, [(1, "a"), (2, "a")]), failed.models
    given("select 3 as n, 'c' as v")

    analyze(project)

    assert shown(reader) == [(2, "a"), (3, "c")]


def test_a_hook_that_reads_the_model_sees_the_rows_that_count(
    project: Project, owner: Database, write: Write, given: Write
) -> None:
    owner.run("create table public.log (rows int, top int); grant all on public.log to public")
    hook = "insert into public.log select count(*), max(v) from {{ this }}"
    write(a=model(f"unique_key='n', post_hook='{hook}'"))
    for v in (1, 2, 3):
        given(f"select 1 as n, {v} as v")
        analyze(project)

    assert owner.rows("select * from public.log order by top") == [(1, 1), (1, 2), (1, 3)]
    tables = "select count(*) from pg_class where relnamespace = 'minidata_build'::regnamespace and relkind = 'r'"
    assert owner.rows(tables) == [(1,)]


def test_a_hook_of_an_increment_that_asks_knows_that_it_is_one(
    project: Project, owner: Database, write: Write, given: Write
) -> None:
    owner.run("create table public.log (rows int); grant all on public.log to public")
    asked = "run_query('select count(*) from ' ~ this)[0][0]"
    hook = f"{{% if is_incremental() and execute %}}insert into public.log values ({{{{ {asked} }}}}){{% endif %}}"
    write(a=model(f'post_hook="{hook}"'))
    for n in (1, 2, 3):
        given(f"select {n} as n, 1 as v")
        analyze(project)

    assert owner.rows("select * from public.log order by 1") == [(2,), (3,)]


def test_a_template_may_only_read(project: Project, write: Write, given: Write) -> None:
    given("select 1 as n")
    write(a=model("""post_hook="{% do run_query('grant select on ' ~ this ~ ' to public') %}\""""))

    (built,) = analyze(project).models

    assert built.message == "sql/models/a.sql: it begins with GRANT, in what its template asks the database"


@pytest.mark.parametrize(
    "hook",
    [
        "with gone as (delete from {{ this }} where n = 1 returning *) select * from gone",
        "select 1; delete from {{ this }} where n = 1",
        "insert into {{ this }} (n, v) select n + 10, v from {{ this }}",
    ],
)
def test_a_hook_that_may_change_rows_does_not_change_those_that_are_live(
    project: Project, reader: Database, write: Write, given: Write, hook: str
) -> None:
    (project.root / "sql/tests").mkdir()
    (project.root / "sql/tests/none.sql").write_text("select * from {{ ref('a') }} where v = 'bad'")
    write(a=model(f'post_hook="{{% if is_incremental() %}} {hook} {{% endif %}}"'))
    given("select 1 as n, 'a' as v")
    analyze(project)
    given("select 2 as n, 'bad' as v")

    assert analyze(project).exit_code == Exit.TESTS

    assert shown(reader) == [(1, "a")]


def test_a_hook_whose_code_names_the_model_is_told(
    project: Project, reader: Database, write: Write, given: Write
) -> None:
    write(a=model("post_hook='{% if is_incremental() %} do $$ begin delete from {{ this }}; end $$ {% endif %}'"))
    given("select 1 as n, 'a' as v")
    analyze(project)
    given("select 2 as n, 'b' as v")

    facts = analyze(project)

    assert "a hook's code cannot name the model a" in facts.models[0].message
    assert shown(reader) == [(1, "a")]
