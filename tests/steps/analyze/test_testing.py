"""test: the rules, against what is published."""

from collections.abc import Callable

import pytest

from minidata.adapters.database.connection import Database
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError, Exit
from minidata.steps.analyze import analyze
from minidata.steps.test import test as run_tests

Write = Callable[..., None]

RULES = """
version: 2
models:
  - name: orders
    columns:
      - name: id
        data_tests: [not_null, unique]
      - name: status
        data_tests:
          - accepted_values: {values: [placed, it's gone]}
      - name: customer
        data_tests:
          - relationships: {to: ref('customers'), field: id}
"""
GOOD = "select * from (values (1, 'placed', 7), (2, 'it''s gone', null)) as x (id, status, customer)"
BAD = "select * from (values (1, 'lost', 8), (1, 'placed', 9), (null, 'lost', 7)) as x (id, status, customer)"


@pytest.fixture
def rules(write: Write, put: Write) -> None:
    write(orders=GOOD, customers="select 7 as id")
    put("sql/models/rules.yml", RULES)


@pytest.mark.usefixtures("rules")
def test_each_kind_of_rule_counts_what_breaks_it(project: Project, write: Write) -> None:
    write(orders=BAD)

    facts = analyze(project)

    assert {test.name: (test.status, test.failures) for test in facts.tests} == {
        "not_null_orders_id": ("fail", 1),
        "unique_orders_id": ("fail", 1),
        "accepted_values_orders_status__placed__it_s_gone": ("fail", 1),
        "relationships_orders_customer__id__ref_customers_": ("fail", 2),
    }


@pytest.mark.usefixtures("rules")
def test_what_keeps_the_rules_passes(project: Project) -> None:
    facts = analyze(project)

    assert [test.status for test in facts.tests] == ["pass"] * 4


@pytest.mark.usefixtures("rules")
def test_where_says_for_which_rows_a_rule_holds(project: Project, write: Write, put: Write) -> None:
    write(orders=BAD)
    put("sql/models/rules.yml", RULES.replace("[not_null, unique]", "[{not_null: {where: \"status <> 'lost'\"}}]"))

    statuses = {test.name: test.status for test in analyze(project).tests}

    assert statuses["not_null_orders_id"] == "pass"


@pytest.mark.usefixtures("rules")
def test_tests_run_against_what_is_published(project: Project, write: Write, owner: Database) -> None:
    analyze(project)
    write(orders=BAD)
    before = owner.rows("select count(*), max(id) from minidata.publish")

    facts = run_tests(project)

    assert (facts.exit_code, len(facts.tests)) == (Exit.DONE, 4)
    assert owner.rows("select count(*), max(id) from minidata.publish") == before


def test_a_rule_that_rows_begin_to_break_is_found(
    project: Project, write: Write, put: Write, load_orders: Write
) -> None:
    (project.root / "minidata.toml").write_text("[analyze]\nlive_views = true\n")
    load_orders(1, 2)
    write(orders="select * from {{ source('shop', 'orders') }}")
    put("sql/tests/small.sql", "select * from {{ ref('orders') }} where total > 5")
    analyze(Project.find())
    load_orders(9)

    facts = run_tests(Project.find())

    assert (facts.exit_code, facts.tests[0].failures) == (Exit.TESTS, 1)


def test_a_test_of_what_is_not_there_is_skipped(project: Project, write: Write, put: Write) -> None:
    write(a="select 1 as n")
    analyze(project)
    write(b="select 1 as n")
    put("sql/tests/b_is_small.sql", "select * from {{ ref('b') }} where n > 5")

    facts = run_tests(project)

    assert (facts.tests[0].status, facts.tests[0].message) == ("skipped", "b is not there yet")


def test_before_the_first_publish_there_is_nothing_to_test(project: Project, write: Write) -> None:
    write(a="select 1 as n")

    with pytest.raises(ConfigError, match="nothing is published"):
        run_tests(project)


def test_a_test_cannot_change_anything(project: Project, write: Write, put: Write, owner: Database) -> None:
    owner.run("create sequence public.counter; grant usage on sequence public.counter to public")
    write(a="select 1 as n")
    analyze(project)
    put("sql/tests/counts.sql", "select * from {{ ref('a') }} where nextval('public.counter') < 0")

    facts = run_tests(project)

    assert (facts.exit_code, facts.tests[0].status) == (Exit.ENGINE, "broken")
    assert "read-only transaction" in facts.tests[0].message


def test_of_each_test_the_rows_of_its_last_failing_run_are_kept(
    project: Project, write: Write, put: Write, owner: Database
) -> None:
    put("sql/tests/small.sql", "select * from {{ ref('a') }} where n > 3")
    for n in (4, 5):
        write(a=f"select {n} as n")
        analyze(project)

    assert owner.rows("select row from minidata.test_failure") == [({"n": 5},)]
