"""A test that passed is not run again over the very same rows, and is over any others."""

from collections.abc import Callable

import pytest

from minidata.adapters.database.connection import Database
from minidata.adapters.project import Project
from minidata.core.errors import Exit
from minidata.steps.analyze import Analyzed, Wishes, analyze
from minidata.steps.prune import prune
from minidata.steps.rollback import rollback
from minidata.steps.test import test as run_tests

Write = Callable[..., None]

TABLE = "{{ config(materialized='table') }} "
RULES = """
models:
  - name: a
    columns: [{name: n, data_tests: [not_null, unique]}]
  - name: b
    columns: [{name: n, data_tests: [not_null]}]
"""
ALL = {"not_null_a_n", "unique_a_n", "not_null_b_n"}


def run(facts: Analyzed) -> set[str]:
    """Return the tests that were run, and not kept."""
    assert facts.exit_code == Exit.DONE, facts
    return {test.name for test in facts.tests if not test.kept}


@pytest.fixture
def two(write: Write, put: Write) -> None:
    """Two models, neither of which reads the other."""
    write(a=f"{TABLE}select 1 as n", b=f"{TABLE}select 2 as n")
    put("sql/models/rules.yml", RULES)


@pytest.mark.usefixtures("two")
def test_nothing_is_tested_twice(project: Project) -> None:
    first, second = analyze(project), analyze(project)

    assert (run(first), run(second)) == (ALL, set())
    assert {test.status for test in second.tests} == {"pass"}


@pytest.mark.usefixtures("two")
def test_a_model_that_is_built_anew_is_tested_alone(project: Project, write: Write) -> None:
    analyze(project)
    write(b=f"{TABLE}select 3 as n")

    assert [run(analyze(project)), run(analyze(project))] == [{"not_null_b_n"}, set()]


@pytest.mark.usefixtures("two")
def test_a_new_test_and_one_that_was_changed_are_run_though_nothing_is_built(project: Project, put: Write) -> None:
    analyze(project)
    changed = RULES.replace(
        "{name: n, data_tests: [not_null]}", "{name: n, data_tests: [unique, {not_null: {where: n > 0}}]}"
    )
    put("sql/models/rules.yml", changed)

    assert [run(analyze(project)), run(analyze(project))] == [{"unique_b_n", "not_null_b_n"}, set()]


@pytest.mark.usefixtures("two")
def test_all_are_run_when_all_is_asked_for_anew_and_by_test(project: Project) -> None:
    analyze(project)

    assert run(analyze(project, Wishes(full_refresh=True))) == ALL
    assert not any(test.kept for test in run_tests(project).tests)


def test_all_are_run_anew_of_tables_too_that_are_not_built(
    project: Project, put: Write, load_orders: Write, write: Write
) -> None:
    load_orders(1)
    write(a=f"{TABLE}select 1 as n")
    put("sql/tests/on_orders.sql", "select 1 from shop.orders where total < 0")
    analyze(project)

    assert run(analyze(project, Wishes(full_refresh=True))) == {"on_orders"}


@pytest.mark.usefixtures("two")
def test_a_selection_says_nothing_of_the_others(project: Project) -> None:
    analyze(project, Wishes(select=["a"]))

    assert run(analyze(project, Wishes(select=["b"]))) == {"not_null_b_n"}
    assert run(analyze(project)) == set()


def test_what_failed_is_run_until_it_passes(project: Project, write: Write, put: Write) -> None:
    write(a=f"{TABLE}select null::int as n")
    put("sql/models/rules.yml", "models: [{name: a, columns: [{name: n, data_tests: [not_null, unique]}]}]")

    failed = [analyze(project) for _ in range(2)]
    write(a=f"{TABLE}select 1 as n")

    assert [[test.kept for test in facts.tests] for facts in failed] == [[False, False]] * 2
    assert run(analyze(project)) == {"not_null_a_n", "unique_a_n"}


def test_what_only_warns_is_run_each_time(project: Project, write: Write, put: Write) -> None:
    write(a=f"{TABLE}select null::int as n")
    put("sql/models/rules.yml", "models: [{name: a, columns: [{name: n, data_tests: [not_null: {severity: warn}]}]}]")

    assert [run(analyze(project)) for _ in range(2)] == [{"not_null_a_n"}] * 2


@pytest.mark.parametrize(
    "query",
    [
        "select 1 from {{ ref('a') }} where now() < '2000-01-01'",
        "select 1 from {{ ref('a') }} where random() < 0",
        "select 1 from pg_class where relname = 'none of that'",
        "select 1 from information_schema.tables where table_name = 'none of that'",
        "select 1 from public.rates where n < 0",
        "select 1 from {{ ref('a') }} where age('2000-01-01'::date) < '0 days'",
        "select 1 from {{ ref('a') }} where 'today'::date < '2000-01-01'",
        "select 1 from {{ ref('a') }} where n < public.least_rate()",
        "{{ config(fail_calc=\"count(*) filter (where 'today'::date < '2000-01-01')\") }} select 1 from {{ ref('a') }}",
    ],
)
def test_what_may_go_otherwise_is_run_each_time(
    project: Project, write: Write, put: Write, owner: Database, query: str
) -> None:
    owner.run("create table public.rates as select 1 as n; grant select on public.rates to public")
    owner.run("create function public.least_rate() returns int language sql return (select min(n) from public.rates)")
    write(a=f"{TABLE}select 1 as n")
    put("sql/tests/strict.sql", query)

    assert [run(analyze(project)) for _ in range(3)] == [{"strict"}] * 3


@pytest.mark.parametrize(
    "query",
    [
        "select 1 as n from {{ ref('b') }} where now() > '2000-01-01'",
        "select 1 as n from {{ ref('below') }}",
        "select count(*)::int as n from pg_catalog.pg_class",
        "{{ config(materialized='table', unlogged=true) }} select 1 as n",
    ],
)
@pytest.mark.usefixtures("two")
def test_what_may_show_other_rows_though_it_is_not_built_anew_is_tested_each_time(
    project: Project, write: Write, put: Write, query: str
) -> None:
    """Read as it is published, by a test of what was selected; a table that is not logged is empty after a crash."""
    write(below="select n from {{ ref('b') }} where now() > '2000-01-01'", c=query)
    put("sql/tests/on_c.sql", "select 1 from {{ ref('a') }} as a, {{ ref('c') }} as c where c.n < 0")
    analyze(project)

    assert run(analyze(project, Wishes(select=["a"]))) == {"on_c"}


@pytest.mark.usefixtures("two")
def test_what_a_hook_beside_another_model_may_change_is_tested_each_time(project: Project, write: Write) -> None:
    hook = "update {{ ref('b') }} set n = null where exists (select 1 from minidata.publish)"
    write(c=f'{{{{ config(post_hook="{hook}") }}}} select now() as at from {{{{ ref("b") }}}}')

    assert run(analyze(project)) == ALL
    assert analyze(project).exit_code == Exit.TESTS


@pytest.mark.parametrize(
    "statement",
    [
        "update {{ ref('b') }} set n = null",
        "{% set found = run_query('select 1') %}{% if found %}update {{ ref('b') }} set n = null{% endif %}",
    ],
)
@pytest.mark.usefixtures("two")
def test_what_a_statement_at_the_end_may_change_is_tested_each_time(
    project: Project, put: Write, statement: str
) -> None:
    put("dbt_project.yml", f'on-run-end: "{statement}"\nmodel-paths: [sql/models]\n')

    assert run(analyze(project)) == ALL
    assert analyze(project).exit_code == Exit.TESTS


def test_tests_over_what_is_loaded_are_run_when_something_was(
    project: Project, write: Write, put: Write, load_orders: Write
) -> None:
    """Through an ephemeral model, and of a source's table itself."""
    load_orders(1, 2)
    write(a="{{ config(materialized='ephemeral') }} select total from shop.orders", b=f"{TABLE}select 1 as n")
    put("sql/tests/on_a.sql", "select 1 from {{ ref('a') }} where total < 0")
    put("sql/tests/on_orders.sql", "select 1 from shop.orders where total < 0")
    put("sql/tests/on_b.sql", "select 1 from {{ ref('b') }} where n < 0")
    first, again = analyze(project), analyze(project)
    load_orders(3)

    assert (run(first), run(again)) == ({"on_a", "on_orders", "on_b"}, set())
    assert run(analyze(project)) == {"on_a", "on_orders"}


@pytest.mark.usefixtures("two")
def test_what_is_brought_back_has_passed_what_it_had_passed(project: Project, write: Write) -> None:
    analyze(project)
    write(b=f"{TABLE}select 3 as n")
    analyze(project)
    rollback(project)

    assert run(analyze(project)) == {"not_null_b_n"}


@pytest.mark.usefixtures("two")
def test_what_stays_when_others_are_dropped_is_not_tested_again(project: Project) -> None:
    analyze(project)
    (project.root / "sql" / "models" / "b.sql").unlink()
    (project.root / "sql" / "models" / "rules.yml").write_text(RULES.partition("  - name: b")[0])
    prune(project)

    assert run(analyze(project)) == set()
