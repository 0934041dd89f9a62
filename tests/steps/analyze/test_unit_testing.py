"""Unit tests of models: rows that are written down, no table touched, and told what differs."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from minidata.adapters.database.connection import Database
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError, Exit
from minidata.sources import SOURCES
from minidata.steps.analyze import analyze
from minidata.steps.test import Wishes
from minidata.steps.test import test as run_tests
from minidata.steps.testing.outcomes import TestOutcome as Outcome

Write = Callable[..., None]

ORDERS = "select id, total from {{ source('shop', 'orders') }}"
BIG = "select id, total * 2 as twice from {{ ref('orders') }} where total > 5"


@pytest.fixture
def unit(project: Project, put: Write) -> Callable[..., Outcome]:
    """Write one unit test of the model *big*, run it, and return how it went."""

    def unit(text: str, model: str = "big") -> Outcome:
        put("sql/models/units.yml", f"unit_tests:\n- name: it\n  model: {model}\n{text}")
        (outcome,) = run_tests(project, Wishes(kind="unit")).tests
        return outcome

    return unit


@pytest.fixture
def big(write: Write, load_orders: Write) -> None:
    """Models over a table of a source; nothing is published."""
    load_orders(1, 9)
    write(orders=ORDERS, big=BIG)


GIVEN = """  given:
  - input: ref('orders')
    rows: [{id: 1, total: 5}, {id: 2, total: 6}, {id: 3}]
"""


@pytest.mark.usefixtures("big")
def test_a_model_is_tested_before_the_first_analyze(unit: Callable[..., Outcome]) -> None:
    assert unit(f"{GIVEN}  expect: {{rows: [{{id: 2, twice: 12}}]}}").status == "pass"


@pytest.mark.usefixtures("big")
def test_what_differs_is_told(unit: Callable[..., Outcome]) -> None:
    outcome = unit(f"{GIVEN}  expect: {{rows: [{{id: 2, twice: 11}}, {{id: 7, twice: null}}]}}")

    assert (outcome.status, outcome.failures, outcome.exit_code) == ("fail", 2, Exit.TESTS)
    assert outcome.message.splitlines() == [
        "it gives other rows than expected: 1 row with other values, 1 row missing",
        "@@  id | twice",
        "→   2  | 11→12",
        "--- 7  | null",
    ]


@pytest.mark.usefixtures("big")
def test_rows_that_are_too_many_are_told(unit: Callable[..., Outcome]) -> None:
    outcome = unit(f"{GIVEN}  expect: {{rows: []}}")

    assert outcome.message.splitlines()[1:] == ["@@  id | twice", "+++ 2  | 12"]


@pytest.mark.usefixtures("big")
def test_an_input_that_is_not_given_is_empty_and_typed(unit: Callable[..., Outcome]) -> None:
    assert unit("  given: []\n  expect: {rows: []}").status == "pass"


@pytest.mark.usefixtures("big")
def test_no_table_is_read(project: Project, put: Write, owner: Database) -> None:
    (project.root / "minidata.toml").write_text("[analyze]\nlock_timeout = 0.2\n")
    put("sql/models/units.yml", f"unit_tests:\n- name: it\n  model: big\n{GIVEN}  expect: {{rows: [{{twice: 12}}]}}")

    with owner.transaction():
        owner.run("lock table shop.orders in access exclusive mode")

        assert [test.message for test in run_tests(Project.find(), Wishes(kind="unit")).tests] == [""]


def test_types_come_from_the_rows_of_a_source_that_is_not_loaded(project: Project, write: Write, put: Write) -> None:
    write(late="select id, total, ordered_at::date as day from {{ source('shop', 'orders') }}")
    put(
        "sql/models/units.yml",
        """
unit_tests:
- name: days
  model: late
  given: [{input: "source('shop', 'orders')", rows: [{id: 1, total: "2.50", ordered_at: "2026-01-31T23:30:00-01:00"}]}]
  expect: {rows: [{id: 1, total: 2.5, day: 2026-02-01}]}
""",
    )

    facts = run_tests(project, sources=lambda: SOURCES)

    assert [(test.status, test.message) for test in facts.tests] == [("pass", "")]
    assert (facts.publish, facts.exit_code) == (None, Exit.DONE)
    without = run_tests(project).tests[0]
    assert (without.status, without.message) == (
        "skipped",
        "shop.orders is not there yet, and nothing says which columns it has",
    )


def test_types_come_from_what_properties_say_too(project: Project, write: Write, put: Write) -> None:
    write(a="select day + 1 as next from {{ source('raw', 'days') }}")
    put(
        "sql/models/a.yml",
        """
sources: [{name: raw, tables: [{name: days, columns: [{name: day, data_type: date}]}]}]
unit_tests:
- name: next_day
  model: a
  given: [{input: "source('raw', 'days')", rows: [{day: 2024-02-28}]}]
  expect: {rows: [{next: 2024-02-29}]}
""",
    )

    assert [test.status for test in run_tests(project).tests] == ["pass"]


def test_the_clock_stands_still(project: Project, write: Write, put: Write) -> None:
    write(
        a="select current_date as today, now() - interval '1 day' as yesterday,"
        " '{{ run_started_at.isoformat() }}' as run, current_timestamp from {{ ref('b') }} where at < now()",
        b="select now() as at",
    )
    put(
        "sql/models/units.yml",
        """
unit_tests:
- name: then
  model: a
  config: {meta: {now: "2026-01-31T00:30:00+01:00"}}
  given: [{input: ref('b'), rows: [{at: "2026-01-30 23:29:59"}, {at: "2026-01-30 23:30"}]}]
  expect:
    rows:
    - today: 2026-01-30
      yesterday: 2026-01-29 23:30:00+00
      run: "2026-01-31T00:30:00+01:00"
      current_timestamp: "2026-01-31T00:30:00+01:00"
""",
    )

    assert [(test.status, test.message) for test in run_tests(project).tests] == [("pass", "")]


def test_ephemeral_models_and_seeds_are_inputs_like_others(project: Project, write: Write, put: Write) -> None:
    put("sql/seeds/names.csv", "id,name\n1,Ann\n2,\n")
    write(
        inner="{{ config(materialized='ephemeral') }}select id, name from {{ ref('names') }}",
        outer="select a.id, b.name from {{ ref('inner') }} as a join {{ ref('names') }} as b using (id)",
    )
    put(
        "sql/models/units.yml",
        """
unit_tests:
- name: joined
  model: outer
  given: [{input: ref('inner'), rows: [{id: 1}, {id: 2}, {id: 3}]}, {input: ref('names')}]
  expect: {rows: [{id: 1, name: Ann}, {id: 2, name: null}]}
- name: inlined
  model: inner
  given: [{input: ref('names'), rows: [{id: 1}]}]
  expect: {rows: [{id: 1, name: null}]}
""",
    )

    assert [(test.name, test.status, test.message) for test in run_tests(project).tests] == [
        ("inlined", "pass", ""),
        ("joined", "pass", ""),
    ]


def test_a_template_that_asks_is_answered_from_the_rows_given(project: Project, write: Write, put: Write) -> None:
    write(
        kinds="select 'x'::text as kind",
        pivoted="{% set asked = 'select distinct kind from ' ~ ref('kinds') ~ ' order by 1' %}"
        "{% set kinds = run_query(asked).columns[0].values() if execute else [] %}select {% for kind in kinds %}"
        "count(*) filter (where kind = '{{ kind }}') as {{ kind }},"
        " {% endfor %}count(*) as of_all, {{ adapter.get_columns_in_relation(ref('kinds')) | length }} as columns"
        " from {{ ref('kinds') }}",
    )
    put(
        "sql/models/units.yml",
        """
unit_tests:
- name: pivots
  model: pivoted
  given: [{input: ref('kinds'), rows: [{kind: a}, {kind: b}, {kind: a}]}]
  expect: {rows: [{a: 2, b: 1, of_all: 3, columns: 1}]}
""",
    )

    assert [(test.status, test.message) for test in run_tests(project).tests] == [("pass", "")]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("1", "1"),
        ("'1'", "1"),
        ("true", "true"),
        ("date '2020-01-02'", "2020-01-02"),
        ("timestamp '2013-11-03 00:00:00-0'", "2013-11-03 00:00:00-0"),
        ("timestamptz '2013-11-03 00:00:00-0'", "2013-11-03 00:00:00-0"),
        ("timestamptz '2013-11-03 00:00:00-0'", "'2013-11-03T01:00:00+01'"),
        ("'1'::numeric", "1"),
        ("1::numeric(4,1)", "'1.04'"),
        ("0.1::float8", "0.1"),
        ("'nan'::float8", ".nan"),
        ("""'{"bar": "baz", "balance": 7.77}'::json""", """'{"balance": 7.770, "bar": "baz"}'"""),
        ("'{}'::jsonb", "{bar: [1, null, {x: y}]}"),
        ("array['a']", "[a, 'b\"c', null, '{}']"),
        ("array[1, 2]", "'{1, 2}'"),
        ("cast('short' as varchar(5))", "longer than five"),
        ("interval '1 day'", "1 day 02:00"),
        ("'\\x00ff'::bytea", "'\\xdeadbeef'"),
        ("gen_random_uuid()", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        ("row(1, 2)::text", "'(1,2)'"),
    ],
)
def test_values_of_every_type_pass_through(unit: Callable[..., Outcome], write: Write, column: str, value: str) -> None:
    write(above=f"select {column} as it", big="select it from {{ ref('above') }}")

    outcome = unit(
        f"  given: [{{input: ref('above'), rows: [{{it: {value}}}]}}]\n  expect: {{rows: [{{IT: {value}}}]}}"
    )

    assert (outcome.status, outcome.message) == ("pass", "")


@pytest.mark.usefixtures("big")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "  given: [{input: ref('orders'), rows: [{id: 1, totl: 5}]}]\n  expect: {rows: []}",
            "sql/models/units.yml:4: unknown column of orders 'totl', did you mean 'total'?",
        ),
        (
            "  given: [{input: ref('orders'), rows: [{id: x}]}]\n  expect: {rows: []}",
            'model big in unit test it: invalid input syntax for type bigint: "x" (sql/models/units.yml:4)',
        ),
        (
            f"{GIVEN}  expect: {{rows: [{{idd: 1}}]}}",
            "sql/models/units.yml:7: unknown column of unit test it 'idd', did you mean 'id'?",
        ),
        (
            f"{GIVEN}  expect: {{rows: [{{id: 1}}, {{id: 1, twice: 2}}]}}",
            "sql/models/units.yml:7: the rows that are expected have other columns each",
        ),
        (
            f"{GIVEN}  expect: {{rows: [{{id: no}}]}}",
            "the rows that are expected by unit test it: cannot cast type boolean to bigint (sql/models/units.yml:7)",
        ),
        (
            f"{GIVEN}  expect:\n    format: sql\n    rows: |\n      select 1 as id",
            "sql/models/units.yml:9: the rows that are expected have no twice",
        ),
        (
            "  given: [{input: ref('orders'), format: sql, rows: select * from shop.orders}]\n  expect: {rows: []}",
            "sql/models/units.yml:4: shop.orders is read, and rows of a unit test read nothing",
        ),
    ],
)
def test_rows_that_do_not_fit_are_told_with_their_line(unit: Callable[..., Outcome], text: str, said: str) -> None:
    outcome = unit(text)

    assert (outcome.status, outcome.message) == ("broken", said)
    assert outcome.exit_code == Exit.CONFIG


def test_a_mistake_in_the_model_is_told_with_the_models_line(unit: Callable[..., Outcome], write: Write) -> None:
    write(a="select 1 as n", big="select n,\n  nope\nfrom {{ ref('a') }}")

    outcome = unit("  given: [{input: ref('a'), rows: [{n: 1}, {n: 2}]}]\n  expect: {rows: []}")

    assert outcome.message == 'model big in unit test it: column "nope" does not exist (sql/models/big.sql:2)'


@pytest.mark.usefixtures("big")
def test_a_unit_test_that_fails_keeps_its_model_from_being_built(project: Project, put: Write, write: Write) -> None:
    write(alone="select 1 as n", over="select * from {{ ref('big') }}")
    bad = f"unit_tests:\n- name: it\n  model: big\n{GIVEN}  expect: {{rows: []}}"
    put("sql/models/units.yml", bad)

    facts = analyze(project)

    assert (facts.exit_code, facts.published) == (Exit.TESTS, False)
    assert {model.name: (model.status, model.message) for model in facts.models} == {
        "alone": ("built", ""),
        "big": ("skipped", "its unit test it did not pass"),
        "orders": ("built", ""),
        "over": ("skipped", "big skipped"),
    }
    put("sql/models/units.yml", bad.replace("rows: []", "rows: [{twice: 12}]"))
    again = analyze(project)
    assert (again.exit_code, again.published, [test.status for test in again.tests]) == (Exit.DONE, True, ["pass"])


def test_a_unit_test_cannot_change_anything(project: Project, put: Write, write: Write, owner: Database) -> None:
    owner.run("create sequence public.counter; grant usage on sequence public.counter to public")
    write(a="select nextval('public.counter') as n")
    put("sql/models/units.yml", "unit_tests: [{name: it, model: a, given: [], expect: {rows: [{n: 1}]}}]")

    for facts in (run_tests(project, Wishes(kind="unit")), analyze(project)):
        assert [test.status for test in facts.tests] == ["broken"]
        assert "read-only transaction" in facts.tests[0].message


def test_a_unit_test_of_an_ephemeral_model_keeps_what_it_is_part_of(project: Project, put: Write, write: Write) -> None:
    write(inner="{{ config(materialized='ephemeral') }}select 1 as n", outer="select * from {{ ref('inner') }}")
    put("sql/models/units.yml", "unit_tests: [{name: it, model: inner, given: [], expect: {rows: [{n: 2}]}}]")

    facts = analyze(project)

    assert [(model.name, model.status) for model in facts.models] == [("outer", "skipped")]
    assert (facts.exit_code, facts.published) == (Exit.TESTS, False)


def test_tests_are_selected_as_models_are(project: Project, put: Write, write: Write) -> None:
    write(a="select 1 as n", b="select n from {{ ref('a') }}")
    put(
        "sql/models/all.yml",
        """
models:
- {name: a, columns: [{name: n, data_tests: [unique, not_null]}]}
- {name: b, columns: [{name: n, data_tests: [{not_null: {tags: nightly}}]}]}
unit_tests:
- {name: ones, model: b, given: [{input: ref('a'), rows: [{n: 1}]}], expect: {rows: [{n: 1}]}}
""",
    )
    analyze(project)

    def names(*select: str, exclude: tuple[str, ...] = (), **wishes: object) -> list[str]:
        facts = run_tests(project, Wishes(select, exclude, **wishes))  # type: ignore[arg-type]
        assert {test.status for test in facts.tests} <= {"pass"}
        return sorted(test.name for test in facts.tests)

    assert names() == ["not_null_a_n", "not_null_b_n", "ones", "unique_a_n"]
    assert names("b") == ["not_null_b_n", "ones"]
    assert names("test_type:unit") == names(kind="unit") == ["ones"]
    assert names("test_name:not_null") == ["not_null_a_n", "not_null_b_n"]
    assert names("tag:nightly") == ["not_null_b_n"]
    assert names("a+", exclude=("unique_a_n",), kind="data") == ["not_null_a_n", "not_null_b_n"]
    assert names("ones") == ["ones"]


def test_tests_run_side_by_side_see_one_state(project: Project, put: Write, write: Write, load_orders: Write) -> None:
    load_orders(*range(20))
    write(orders=ORDERS)
    for number in range(8):
        put(
            f"sql/tests/t{number}.sql", "select count(*) as n from {{ source('shop', 'orders') }} having count(*) <> 20"
        )
    analyze(project)

    facts = run_tests(project, Wishes(threads=4))

    assert [test.status for test in facts.tests] == ["pass"] * 8


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("{name: it, model: c, given: [], expect: {rows: []}}", "sql/models/u.yml:1: unknown model 'c'"),
        ("{name: it, model: a, given: [], expect: {}}", "sql/models/u.yml:1: the unit test it expects no rows"),
        (
            "{name: it, model: a, given: [{input: ref('x'), rows: []}], expect: {rows: []}}",
            "sql/models/u.yml:1: unknown",
        ),
        ("{name: it, model: a, given: [{input: x, rows: []}], expect: {rows: []}}", "sql/models/u.yml:1: "),
        (
            "{name: it, model: a, given: [{input: ref('b')}], expect: {rows: []}}",
            "sql/models/u.yml:1: the input ref('b')",
        ),
        ("{name: it, model: a, gven: [], expect: {rows: []}}", "sql/models/u.yml:1: unknown key of a unit test 'gven'"),
        ("{name: it, model: a, expect: {rows: [], format: xml}}", "sql/models/u.yml:1: unknown format of rows 'xml'"),
        ("{name: it, model: a, expect: {rows: [1]}}", "sql/models/u.yml:1: rows must be a list of mappings"),
        (
            "{name: it, model: a, expect: {rows: [], format: csv}}",
            "sql/models/u.yml:1: rows of the format csv are text",
        ),
        ("{name: it, model: a, expect: {fixture: x, format: csv}}", "sql/models/u.yml:1: unknown csv fixture 'x'"),
        (
            "{name: it, model: a, expect: {rows: []}, config: {meta: {now: soon}}}",
            "sql/models/u.yml:1: now is 'soon'",
        ),
        (
            "{name: it, model: a, expect: {rows: []}}, {name: it, model: a, expect: {rows: []}}",
            "sql/models/u.yml:1: the unit test 'it' is there twice",
        ),
    ],
)
def test_a_unit_test_that_is_not_understood_is_refused(
    project: Project, put: Write, write: Write, test: str, said: str
) -> None:
    write(a="select * from {{ ref('b') }}", b="select 1 as n")
    put("sql/models/u.yml", f"unit_tests: [{test}]")

    with pytest.raises(ConfigError) as caught:
        run_tests(project)

    assert str(caught.value).startswith(said)


def test_a_moment_without_a_zone_is_in_utc(unit: Callable[..., Outcome], write: Write) -> None:
    write(big="select now() as at")
    at = datetime(2026, 1, 31, tzinfo=UTC).isoformat()

    said = f'  config: {{meta: {{now: 2026-01-31}}}}\n  given: []\n  expect: {{rows: [{{at: "{at}"}}]}}'

    assert unit(said).status == "pass"
