"""analyze on a real Postgres: build aside, test, publish."""

from collections.abc import Callable

import pytest

from minidata.adapters.database import locks
from minidata.adapters.database.connection import Database
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError, Exit, LockedError, UnknownName
from minidata.steps.analyze import Analyzed, Wishes, analyze

Write = Callable[..., None]


def statuses(facts: Analyzed) -> dict[str, str]:
    return {model.name: model.status for model in facts.models}


def test_models_are_built_in_order_and_published(project: Project, reader: Database, write: Write) -> None:
    write(b="select n + 1 as n from {{ ref('a') }}", a="{{ config(materialized='table') }} select 1 as n")

    facts = analyze(project)

    assert statuses(facts) == {"a": "built", "b": "built"}
    assert (facts.published, facts.exit_code) == (True, Exit.DONE)
    assert reader.rows("select a.n, b.n from analytics.a, analytics.b") == [(1, 2)]


def test_a_second_analyze_builds_nothing(project: Project, write: Write) -> None:
    write(a="select 1 as n", b="select n from {{ ref('a') }}")
    first = analyze(project)

    second = analyze(project)

    assert statuses(second) == {"a": "unchanged", "b": "unchanged"}
    assert (second.published, second.publish) == (False, first.publish)


def test_a_view_is_ready_for_what_changes_under_a_table(
    project: Project, reader: Database, write: Write, load_orders: Write
) -> None:
    load_orders(1, 2)
    write(
        stg="select total from {{ source('shop', 'orders') }}",
        sales="{{ config(materialized='table') }} select sum(total) as total from {{ ref('stg') }}",
        other="{{ config(materialized='table') }} select 1 as n",
    )
    analyze(project)
    load_orders(10)

    again = analyze(project)

    assert statuses(again) == {"other": "unchanged", "stg": "built", "sales": "built"}
    assert reader.rows("select total from analytics.sales") == [(13,)]


def test_a_table_that_the_ledger_does_not_know_is_read_each_time(
    project: Project, owner: Database, write: Write
) -> None:
    owner.run("create table public.rates as select 1 as n; grant select on public.rates to public")
    write(a="{{ config(materialized='table') }} select n from public.rates")
    analyze(project)
    owner.run("update public.rates set n = 2")

    analyze(project)

    assert owner.rows("select n from analytics.a") == [(2,)]


def test_a_table_is_seen_in_a_query_that_only_postgres_understands(
    project: Project, reader: Database, write: Write, load_orders: Write
) -> None:
    load_orders(1, 2)
    write(a="{{ config(materialized='table') }} select o.total from shop.orders o order by o.total using <")
    analyze(project)
    again = statuses(analyze(project))
    load_orders(10)

    assert (again, statuses(analyze(project))) == ({"a": "unchanged"}, {"a": "built"})
    assert reader.rows("select total from analytics.a") == [(1,), (2,), (10,)]


def test_a_changed_model_and_what_reads_it_are_built_again(project: Project, reader: Database, write: Write) -> None:
    write(
        a="select 1 as n",
        b="select n from {{ ref('a') }}",
        c="select n from {{ ref('b') }}",
        d="select 0 as n",
    )
    analyze(project)
    write(b="select n + 41 as n from {{ ref('a') }}")

    again = analyze(project)

    assert statuses(again) == {"a": "unchanged", "b": "built", "c": "built", "d": "unchanged"}
    assert reader.rows("select n from analytics.c") == [(42,)]


def test_white_space_and_comments_are_no_change(project: Project, write: Write) -> None:
    write(a="select 1 as n")
    analyze(project)
    write(a="-- one\r\nselect\n  1 as n;\n")

    assert statuses(analyze(project)) == {"a": "unchanged"}


def test_a_model_that_asks_for_the_time_is_never_up_to_date(project: Project, write: Write) -> None:
    write(a="{{ config(materialized='table') }} select now() as at", b="select at from {{ ref('a') }}")
    analyze(project)

    assert statuses(analyze(project)) == {"a": "built", "b": "built"}


def test_a_forgotten_ref_is_an_edge_all_the_same(project: Project, reader: Database, write: Write) -> None:
    write(a="select b.n, z.n as m from b, analytics.z", b="select z.n from z", z="select 7 as n")

    facts = analyze(project)

    assert [model.name for model in facts.models] == ["z", "b", "a"]
    assert reader.rows("select n, m from analytics.a") == [(7, 7)]


def test_a_plus_builds_a_model_and_what_it_reads(project: Project, write: Write) -> None:
    write(a="select 1 as n", b="select n from {{ ref('a') }}", c="select n from {{ ref('b') }}")

    assert statuses(analyze(project, Wishes(select=["+b"]))) == {"a": "built", "b": "built"}


def test_a_model_alone_needs_what_it_reads_to_be_published(project: Project, write: Write) -> None:
    write(a="select 1 as n", b="select n from {{ ref('a') }}")

    with pytest.raises(ConfigError, match="b reads a, which is not published"):
        analyze(project, Wishes(select=["b"]))


def test_a_model_alone_reads_what_is_published(project: Project, write: Write, reader: Database) -> None:
    write(a="select 1 as n", b="select n from {{ ref('a') }}")
    analyze(project)
    write(a="select 2 as n", b="select n * 10 as n from {{ ref('a') }}")

    facts = analyze(project, Wishes(select=["b"]))

    assert statuses(facts) == {"b": "built"}
    assert reader.rows("select a.n, b.n from analytics.a, analytics.b") == [(1, 10)]


def test_what_was_not_selected_stays_published(project: Project, reader: Database, write: Write) -> None:
    write(a="select 1 as n", b="select n from {{ ref('a') }}")
    analyze(project)
    write(a="select 2 as n")

    analyze(project, Wishes(select=["a"]))
    analyze(project, Wishes(select=["a"]))

    assert reader.rows("select a.n, b.n from analytics.a, analytics.b") == [(2, 1)]


def test_an_unknown_model_is_told_with_the_nearest(project: Project, write: Write) -> None:
    write(stg_orders="select 1 as n", b="select 1\nfrom {{ ref('stg_order') }}")

    with pytest.raises(UnknownName, match=r"sql/models/b.sql:2: unknown model 'stg_order', did you mean 'stg_orders'"):
        analyze(project)


def test_a_cycle_is_shown_before_anything_runs(project: Project, owner: Database, write: Write) -> None:
    write(a="select 1 from {{ ref('b') }}", b="select 1 from c", c="select 1 from {{ ref('a') }}", d="select 1")

    with pytest.raises(ConfigError, match="a → b → c → a"):
        analyze(project)

    assert owner.rows("select 1 from pg_class where relnamespace = 'minidata_build'::regnamespace") == []


def test_no_models_are_told(project: Project) -> None:
    with pytest.raises(ConfigError, match="there are no models"):
        analyze(project)


def test_an_error_in_one_model_skips_what_reads_it(
    project: Project, reader: Database, write: Write, put: Write
) -> None:
    write(a="select 1 as n", b="select n from {{ ref('a') }}")
    put("sql/tests/small.sql", "select * from {{ ref('b') }} where n > 3")
    analyze(project)
    write(a="select\n  1 / 0 as n,\n  nope", c="select n + 1 as n from {{ ref('b') }}", d="select 4 as n")

    facts = analyze(project)

    assert statuses(facts) == {"a": "failed", "d": "built", "b": "skipped", "c": "skipped"}
    assert facts.models[0].message == 'model a: column "nope" does not exist (sql/models/a.sql:3)'
    assert (facts.exit_code, facts.published, facts.tests) == (Exit.CONFIG, False, ())
    assert reader.rows("select n from analytics.b") == [(1,)]
    assert reader.rows("select to_regclass('analytics.d')") == [(None,)]


def test_a_model_that_takes_too_long_is_an_engine_error(project: Project, write: Write) -> None:
    (project.root / "minidata.toml").write_text("[analyze]\nstatement_timeout = 0.05\n")
    write(a="{{ config(materialized='table') }} select count(*) from generate_series(1, 1000000000000)")

    facts = analyze(Project.find())

    assert facts.exit_code == Exit.ENGINE
    assert "statement timeout" in facts.models[0].message


def test_a_model_that_sorts_too_much_is_an_engine_error(project: Project, write: Write, owner: Database) -> None:
    (project.root / "minidata.toml").write_text("[analyze]\ntemp_file_limit = '64kB'\n")
    write(a="{{ config(materialized='table') }} select n from generate_series(1, 1000000) as n order by -n")

    denied = analyze(Project.find())
    owner.run("grant set on parameter temp_file_limit to minidata_analyst")
    try:
        facts = analyze(Project.find())
    finally:
        owner.run("revoke set on parameter temp_file_limit from minidata_analyst")

    assert (denied.exit_code, facts.exit_code) == (Exit.ENGINE, Exit.ENGINE)
    assert "permission denied to set parameter" in denied.models[0].message
    assert facts.models[0].message.startswith("model a: temporary file size exceeds")


@pytest.mark.parametrize(
    "text",
    [
        "commit",
        "drop table shop.orders",
        "set role none",
        "select 1; drop table shop.orders",
        "select 1;;select 2",
        "copy (select 1) to program 'true'",
        "do $$ begin end $$",
        "with gone as (delete from shop.orders returning *) select * from gone",
        "select 1 into analytics.there",
        "select set_config('role', 'none', false)",
        "select 1 as n) ; drop table shop.orders; --",
        "explain analyze select 1",
        "table shop.orders",
        "",
        "-- nothing",
        "select * from minidata_build.a__0123456789ab",
    ],
)
def test_a_model_is_one_select_and_changes_nothing(
    project: Project, owner: Database, text: str, write: Write, load_orders: Write
) -> None:
    load_orders(1, 2, 3)
    write(a=text)

    with pytest.raises(ConfigError, match=r"sql/models/a\.sql"):
        analyze(project)

    assert owner.rows("select count(*) from shop.orders") == [(3,)]


@pytest.mark.parametrize(
    "text",
    [
        "select '%s %(x)s %%' as v, 7 % 4 as n",
        "select '{}{0}{x}' as v, 3 as n;",
        "select $$;'$$ as v, 3 as n -- ; at the end",
        "select ':x' as v, 3 as n /* /* nested */ ; */ ;\n\n",
        "\ufeffselect 'é😀' as v,\r\n 3 as n",
        "(select 'a' as v, 3 as n)",
        "values ('v', 3)",
        "with a as (select 'a' as v, 3 as n) select * from a",
    ],
)
def test_text_is_passed_as_it_is(project: Project, owner: Database, text: str, write: Write) -> None:
    write(a=text)

    analyze(project)

    assert [row[1] for row in owner.rows("select * from analytics.a")] == [3]


def test_a_variable_cannot_break_out(project: Project, owner: Database, write: Write) -> None:
    evil = "'; drop table x; --"
    write(a="select {{ var('day') | literal }}::text as day")
    analyze(project, variables={"day": evil})
    write(b="select '{{ var('day') }}' as day")

    with pytest.raises(ConfigError, match=r"b\.sql:1: the value of var\('day'\) is not plain enough"):
        analyze(project, variables={"day": evil})

    assert owner.rows("select day from analytics.a") == [(evil,)]


def test_models_wait_for_tables_that_are_not_loaded(project: Project, write: Write) -> None:
    write(
        quakes="select * from {{ source('usgs', 'quakes') }}",
        strongest="select * from {{ ref('quakes') }}",
        other="select 1 as n",
    )

    facts = analyze(project)

    assert statuses(facts) == {"other": "built", "quakes": "waiting", "strongest": "waiting"}
    assert facts.models[1].message == "usgs.quakes is not loaded yet"
    assert (facts.exit_code, facts.published) == (Exit.DONE, True)


@pytest.mark.parametrize("select", [(), ("quakes",)])
def test_when_all_that_is_wanted_waits_it_is_an_error(project: Project, select: tuple[str, ...], write: Write) -> None:
    write(quakes="select * from {{ source('usgs', 'quakes') }}")
    if select:
        write(other="select 1 as n")

    with pytest.raises(ConfigError, match=r"usgs\.quakes is not loaded yet"):
        analyze(project, Wishes(select=select))


def test_the_second_of_two_is_told_who_is_at_work(project: Project, owner: Database, write: Write) -> None:
    (project.root / "minidata.toml").write_text("[analyze]\nlock_timeout = 0.1\n")
    write(a="select 1 as n")
    owner.run("select pg_advisory_lock(%s, %s)", locks.KEY)

    with pytest.raises(LockedError, match=r"minidata from .*, server process \d+"):
        analyze(Project.find())


def test_tables_that_are_being_loaded_are_waited_for(project: Project, owner: Database, write: Write) -> None:
    (project.root / "minidata.toml").write_text("[analyze]\nlock_timeout = 0.1\n")
    write(a="select 1 as n")
    locks.join_loading(owner)

    with pytest.raises(LockedError, match=r"the database is in use: minidata from .*, server process \d+"):
        analyze(Project.find())
