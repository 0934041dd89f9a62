"""test and fixture as a shell sees them."""

import json
from collections.abc import Callable

import psycopg
import pytest
from pydantic import SecretStr

from minidata.adapters.project import Project
from minidata.core.errors import Exit
from shell import run_text as minidata

MODELS = """
models:
- name: numbers
  columns: [{name: n, data_tests: [unique, {not_null: {config: {severity: warn}}}]}]
unit_tests:
- {name: doubles, model: doubled, given: [{input: ref('numbers'), rows: [{n: 2}]}], expect: {rows: [{n: 5}]}}
"""


@pytest.fixture
def put(project: Project) -> Callable[[str, str], None]:
    def put(path: str, text: str) -> None:
        file = project.root / "sql" / "models" / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)

    assert minidata("up").returncode == 0
    return put


@pytest.fixture
def numbers(put: Callable[[str, str], None]) -> None:
    """Numbers whose tests fail, warn and do not give what is expected."""
    put("numbers.sql", "{{ config(materialized='table') }}select n from (values (1), (1), (null)) as x (n)")
    put("doubled.sql", "select n * 2 as n from {{ ref('numbers') }}")
    put("all.yml", MODELS)


@pytest.mark.usefixtures("numbers")
def test_what_does_not_pass_is_told_line_by_line() -> None:
    done = minidata("test", "--unit", "--quiet")

    assert done.returncode == Exit.TESTS
    assert done.stderr == (
        "error: unit test doubles on doubled: it gives other rows than expected: 1 row missing, 1 row too many\n"
    )
    assert done.stdout == "@@  n\n--- 5\n+++ 4\ntests: 0 of 1 passed\n"


@pytest.mark.usefixtures("numbers")
def test_programs_get_all_of_it_as_json() -> None:
    done = minidata("test", "--unit", "--json")

    facts = json.loads(done.stdout)
    (test,) = facts["result"]["tests"]
    assert (facts["ok"], facts["exit_code"], facts["result"]["publish"]) == (False, Exit.TESTS, None)
    assert {key: test[key] for key in ("name", "about", "kind", "status", "failures")} == {
        "name": "doubles",
        "about": "doubled",
        "kind": "unit",
        "status": "fail",
        "failures": 2,
    }
    assert test["difference"] == {"columns": ["n"], "missing": [["5"]], "unexpected": [["4"]], "changed": []}


@pytest.mark.usefixtures("numbers")
def test_analyze_says_what_kept_it_from_publishing() -> None:
    done = minidata("analyze", "--exclude", "doubled", "--quiet")

    assert done.returncode == Exit.TESTS
    assert done.stderr == (
        "error: test unique_numbers_n on numbers: 1 row breaks it\n"
        "hint: minidata query \"select row from minidata.test_failure where test = 'unique_numbers_n'\"\n"
    )
    assert "tests: 0 of 2 passed, 1 warned\n" in done.stdout
    look = minidata("query", "select row from minidata.test_failure where test = 'unique_numbers_n'", "--format", "csv")
    assert look.stdout.splitlines() == ["row", '"{""n_records"": 2, ""unique_field"": 1}"']


def test_a_test_of_no_model_is_about_what_it_reads(put: Callable[[str, str], None]) -> None:
    put("a.sql", "select 1 as n")
    put("../tests/of_nothing.sql", "select 1")
    put("../tests/of_the_ledger.sql", "select 1 from minidata.publish limit 1")
    put("../tests/of_what_is_not.sql", "select nope from minidata.publish")

    done = minidata("analyze")

    errors = [line for line in done.stderr.splitlines() if line.startswith("error")]
    assert errors == [
        "error: test of_nothing: 1 row breaks it",
        'error: test of_what_is_not on minidata.publish: column "nope" does not exist (sql/tests/of_what_is_not.sql:1)',
    ]


def test_what_passed_earlier_is_told_beside_what_passed(put: Callable[[str, str], None]) -> None:
    put("a.sql", "select 1 as n")
    put("b.sql", "select 1 as n from shop.orders")
    put(
        "all.yml",
        "models: [{name: a, columns: [{name: n, data_tests: [unique]}]}, {name: b, data_tests: [row_count: {min: 1}]}]",
    )
    assert minidata("analyze").returncode == 0

    said = "tests: 1 of 1 passed (1 earlier, over the same rows), 1 skipped: what they read is not there\n"
    assert said in minidata("analyze").stdout


def test_a_warning_is_no_failure(put: Callable[[str, str], None]) -> None:
    put("a.sql", "select null::int as n")
    put("a.yml", "models: [{name: a, columns: [{name: n, data_tests: [{not_null: {config: {severity: warn}}}]}]}]")
    assert minidata("analyze").returncode == 0

    done = minidata("test")

    assert done.returncode == 0
    assert done.stderr.startswith("warning: test not_null_a_n on a: 1 row breaks it\n")


@pytest.mark.usefixtures("numbers")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--unit", "--data"], "error: --unit and --data contradict each other"),
        (["--data"], "error: nothing is published"),
        (["--select", "nummbers"], "error: unknown model 'nummbers', did you mean 'numbers'?"),
    ],
)
def test_what_cannot_be_run_is_one_clear_line(arguments: list[str], said: str) -> None:
    done = minidata("test", *arguments)

    assert (done.returncode, done.stderr.splitlines()[0]) == (Exit.CONFIG, said)


@pytest.mark.usefixtures("put")
def test_a_fixture_is_on_stdout_alone(database_url: SecretStr) -> None:
    with psycopg.connect(database_url.get_secret_value(), autocommit=True) as owner:
        owner.execute("create schema shop")
        owner.execute("create table shop.orders as select 7 as id, 'x' as note")
        owner.execute("grant usage on schema shop to minidata_analyst")
        owner.execute("grant select on shop.orders to minidata_analyst")

    done = minidata("fixture", "shop.orders", "--n", "1")
    as_json = minidata("fixture", "shop.orders", "--where", "id < 7", "--json")
    refused = minidata("fixture", "shop.order")

    assert (done.stdout, done.stderr) == ("- input: source('shop', 'orders')\n  rows:\n    - {id: 7, note: x}\n", "")
    assert json.loads(as_json.stdout)["result"] == {
        "table": "shop.orders",
        "rows": 0,
        "text": "- input: source('shop', 'orders')\n  rows: []\n",
    }
    assert (refused.returncode, refused.stderr.splitlines()[0]) == (Exit.CONFIG, "error: shop.order is not there")
