"""Tests of data: how what they find is judged, and what is kept of it."""

from collections.abc import Callable
from typing import Any

import pytest

from minidata.adapters.database.connection import Database
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError, Exit
from minidata.steps.analyze import analyze
from minidata.steps.test import test as run_tests
from minidata.steps.testing.outcomes import TestOutcome as Outcome

Write = Callable[..., None]
Tests = Callable[..., dict[str, Outcome]]

NUMBERS = "select n, n % 3 as third from generate_series(1, 10) as n"


@pytest.fixture
def tests(project: Project, write: Write, put: Write) -> Tests:
    """Run tests of the column *third* of a table of ten numbers, and return how they went, by name."""

    def tests(*written: str) -> dict[str, Outcome]:
        write(numbers=NUMBERS)
        listed = "\n".join(f"    - {one}" for one in written)
        put(
            "sql/models/a.yml",
            f"models:\n- name: numbers\n  columns:\n  - name: third\n    data_tests:\n{listed}",
        )
        return {test.name: test for test in analyze(project).tests}

    return tests


@pytest.mark.parametrize(
    ("config", "status", "failures", "said"),
    [
        ("{}", "fail", 3, "3 rows break it"),
        ("{severity: warn}", "warn", 3, "3 rows break it"),
        ("{warn_if: '> 3', error_if: '> 3'}", "pass", 0, ""),
        ("{warn_if: '> 2', error_if: '> 3'}", "warn", 3, "3 rows break it, and it warns if it is > 2"),
        ("{error_if: between 3 and 4}", "fail", 3, "3 rows break it, and it fails if it is between 3 and 4"),
        ("{limit: 2}", "fail", 2, "2 rows break it"),
        ("{limit: 1}", "fail", 1, "1 row breaks it"),
        (
            "{fail_calc: sum(n_records), error_if: '>= 10'}",
            "fail",
            10,
            "sum(n_records) is 10, and it fails if it is >= 10",
        ),
        ("{fail_calc: sum(n_records), warn_if: '> 10', error_if: '> 10'}", "pass", 0, ""),
        ("{where: n > 9}", "pass", 0, ""),
        ("{where: 'n > {{ 1 + 1 }} and n < 7'}", "fail", 1, "1 row breaks it"),
    ],
)
def test_the_config_says_what_counts(tests: Tests, config: str, status: str, failures: int, said: str) -> None:
    outcome = tests(f"unique: {{name: it, config: {config}}}")["it"]

    assert (outcome.status, outcome.failures, outcome.message) == (status, failures, said)


def test_what_is_computed_must_be_a_number(tests: Tests) -> None:
    outcome = tests("unique: {name: it, config: {where: n > 9, fail_calc: sum(n_records)}}")["it"]

    assert (outcome.status, outcome.exit_code) == ("broken", Exit.CONFIG)
    assert outcome.message == "sum(n_records) is null (sql/models/a.yml:6)"


def test_a_mistake_in_a_config_is_told_with_its_line(tests: Tests) -> None:
    outcome = tests("unique: {name: it, config: {fail_calc: sum(nope)}}")["it"]

    assert outcome.message == 'column "nope" does not exist (sql/models/a.yml:6)'


def rows(owner: Database) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for test, row in owner.rows("select test, row from minidata.test_failure order by id"):
        found.setdefault(test, []).append(row)
    return found


def test_failing_rows_are_kept_capped_and_told_where(project: Project, tests: Tests, owner: Database) -> None:
    found = tests(
        "unique: {name: three}",
        "unique: {name: one, config: {limit: 1}}",
        "unique: {name: none, config: {store_failures: false}}",
        "unique: {name: nothing, config: {store_failures_as: ephemeral}}",
    )

    assert {name: len(kept) for name, kept in rows(owner).items()} == {"three": 3, "one": 1}
    assert found["three"].look == "select row from minidata.test_failure where test = 'three'"
    assert (found["none"].look, found["none"].failures) == ("", 3)

    analyze(Project(project.root, flags={"analyze": {"keep_failures": 2}}))

    assert {name: len(kept) for name, kept in rows(owner).items()} == {"three": 2, "one": 1}


def test_test_keeps_failing_rows_as_analyze_does(
    project: Project, write: Write, put: Write, load_orders: Write, owner: Database
) -> None:
    load_orders(1)
    write(orders="select total from {{ source('shop', 'orders') }}")
    put("sql/tests/it's small.sql", "select * from {{ source('shop', 'orders') }} where total > 5")
    analyze(project)
    load_orders(9)

    (outcome,) = run_tests(project).tests

    assert (outcome.status, outcome.look) == (
        "fail",
        "select row from minidata.test_failure where test = 'it''s small'",
    )
    assert [row["total"] for row in rows(owner)["it's small"]] == [9]


def test_a_test_may_ask_before_it_is_a_query(project: Project, write: Write, put: Write) -> None:
    write(numbers=NUMBERS)
    put(
        "sql/macros/tests.sql",
        """{% test no_nulls(model) %}
        {%- if not execute -%}{{ return('') }}{%- endif -%}
        select * from {{ model }} where
        {%- for column in adapter.get_columns_in_relation(model) %}
        {{ 'or' if not loop.first }} {{ column.quoted }} is null
        {%- endfor %} or n > {{ run_query('select max(n) - 1 from ' ~ model).rows[0][0] }}
        {% endtest %}""",
    )
    put("sql/models/a.yml", "models: [{name: numbers, data_tests: [no_nulls: {config: {severity: warn}}]}]")

    for facts in (analyze(project), run_tests(project)):
        assert [(test.status, test.failures, test.message) for test in facts.tests] == [("warn", 1, "1 row breaks it")]


def test_configs_come_from_folders_macros_and_what_is_beside(project: Project, put: Write) -> None:
    put(
        "sql/dbt_project.yml",
        "name: p\ndata_tests: {p: {+tags: all, near: {+severity: warn, +limit: 1}, t: {+enabled: false}}}",
    )
    put("sql/models/near/near.sql", NUMBERS)
    put("sql/models/near/near.yml", "models: [{name: near, columns: [{name: third, data_tests: [unique, few]}]}]")
    put(
        "sql/macros/m.sql",
        "{% test few(model, column_name) %}{{ config(limit=2) }}select 1 from {{ model }}{% endtest %}",
    )
    put("sql/tests/t.sql", "select 1 as n from {{ ref('near') }}")

    facts = analyze(project)

    assert {test.name: (test.status, test.failures) for test in facts.tests} == {
        "unique_near_third": ("warn", 1),
        "few_near_third": ("warn", 2),
    }
    assert facts.published


def test_sources_seeds_and_ephemeral_models_are_tested(
    project: Project, write: Write, put: Write, load_orders: Write
) -> None:
    load_orders(1, 1)
    put("sql/seeds/names.csv", "id,name\n1,Ann\n1,Bob\n")
    write(inner="{{ config(materialized='ephemeral') }}select * from {{ ref('names') }}")
    put(
        "sql/models/a.yml",
        """
sources:
- name: shop
  tables: [{name: orders, data_tests: [row_count: {min: 3}], columns: [{name: total, tests: [unique]}]}]
seeds: [{name: names, columns: [{name: id, data_tests: [unique]}]}]
models: [{name: inner, columns: [{name: id, data_tests: [unique, not_null]}]}]
""",
    )

    assert {test.name: (test.about, test.status, test.failures) for test in analyze(project).tests} == {
        "source_row_count_shop_orders_3": ("shop.orders", "fail", 1),
        "source_unique_shop_orders_total": ("shop.orders", "fail", 1),
        "unique_names_id": ("names", "fail", 1),
        "unique_inner_id": ("inner", "fail", 1),
        "not_null_inner_id": ("inner", "pass", 0),
    }


AGED = """
insert into shop.orders (total) values (7);
alter table shop.orders add column if not exists at timestamptz;
update shop.orders set at = now() - interval '3 hours' where id = 1;
update shop.orders set at = now() - interval '3 days' where id = 2;
update shop.orders set at = now() where id = 3;
"""


@pytest.fixture
def fresh(project: Project, write: Write, put: Write, load_orders: Write, owner: Database) -> Callable[[str], Any]:
    """Say something of the table of orders, and return whether that was published, and how tests went."""

    def fresh(said: str) -> Any:
        load_orders(1, 2)
        for statement in AGED.strip().split("\n"):
            owner.run(statement)
        write(a="select 1 as n")
        table = "{name: orders, " + said + "}"
        before = "freshness: {warn_after: {count: 9, period: day}}"
        put("sql/models/a.yml", f"sources: [{{name: shop, {before}, tables: [{table}]}}]")
        facts = analyze(project)
        assert {(test.name, test.about) for test in facts.tests} <= {("freshness_shop_orders", "shop.orders")}
        return facts.published, *((test.status, test.message) for test in facts.tests)

    return fresh


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("loaded_at_field: at, freshness: {warn_after: {count: 1, period: hour}}", (True, ("pass", ""))),
        (
            "loaded_at_field: at, freshness: {warn_after: {count: 1, period: hour}, filter: id < 3}",
            (True, ("warn", "its newest row is 3 hours old: warn after 1 hour")),
        ),
        (
            "loaded_at_field: at, freshness: {error_after: {count: 2, period: day}, filter: id = 2}",
            (False, ("fail", "its newest row is 3 days old: error after 2 days, warn after 9 days")),
        ),
        (
            "loaded_at_field: at::timestamp, freshness: {error_after: {count: 9, period: day}, filter: id > 5}",
            (False, ("fail", "it has no rows: error after 9 days, warn after 9 days")),
        ),
        (
            "loaded_at_query: 'select min(at) from {{ this }}', freshness: {error_after: {count: 50, period: minute}}",
            (False, ("fail", "its newest row is 3 days old: error after 50 minutes, warn after 9 days")),
        ),
        ("loaded_at_field: at, freshness: null", (True,)),
        ("freshness: {error_after: {count: 1, period: minute}}", (True, ("pass", ""))),
    ],
)
def test_a_source_must_be_fresh(fresh: Callable[[str], Any], said: str, found: Any) -> None:
    assert fresh(said) == found


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("freshness: {warn_after: {count: 1}}", "sql/models/a.yml:1: warn_after needs a count and a period"),
        ("freshness: {warn_after: {count: 1, period: year}}", "sql/models/a.yml:1: warn_after needs a count and a"),
        ("freshness: {wrn_after: {count: 1, period: day}}", "sql/models/a.yml:1: unknown key of freshness 'wrn_after'"),
        ("freshness: {filter: id > 3}", "sql/models/a.yml:1: freshness has a filter and no loaded_at_field"),
    ],
)
def test_freshness_that_is_not_understood_is_refused(fresh: Callable[[str], Any], said: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        fresh(said)

    assert str(caught.value).startswith(message)


def test_what_the_ledger_loaded_long_ago_is_not_fresh(
    project: Project, write: Write, put: Write, load_orders: Write, owner: Database
) -> None:
    load_orders(1)
    write(a="select 1 as n")
    put(
        "sql/models/a.yml",
        "sources: [{name: shop, tables: [{name: orders, freshness: {error_after: {count: 1, period: hour}}}]}]",
    )
    fresh = analyze(project)
    owner.run("update minidata.object set loaded_at = now() - interval '90 minutes'")

    stale = analyze(project)

    assert [(test.status, test.message) for test in (*fresh.tests, *stale.tests)] == [
        ("pass", ""),
        ("fail", "its newest row is 1.5 hours old: error after 1 hour"),
    ]


def test_in_a_project_of_dbts_own_what_is_not_fresh_is_published_all_the_same(
    project: Project, write: Write, put: Write, load_orders: Write
) -> None:
    load_orders(1)
    put("sql/dbt_project.yml", "name: p")
    write(a="select 1 as n")
    put(
        "sql/models/a.yml",
        """
sources:
- name: shop
  tables: [{name: orders, loaded_at_field: "'2020-01-01'::date", freshness: {error_after: {count: 1, period: hour}}}]
""",
    )

    facts = analyze(project)

    assert ([test.status for test in facts.tests], facts.published) == (["warn"], True)
