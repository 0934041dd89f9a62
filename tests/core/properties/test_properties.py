"""The files beside the models: a key or a rule that is not understood is an error with its line."""

import pytest

from minidata.core.dialect.rendering import SqlFile
from minidata.core.dialect.variables import Outside
from minidata.core.errors import ConfigError
from minidata.core.modelling.models import Models
from minidata.core.modelling.reading import ModelFiles, read_models
from minidata.core.testing.datatests import DataTest


def read(notes: str, **tests: str) -> Models:
    files = ModelFiles(
        models=[SqlFile("sql/models/a.sql", "select 1 as id"), SqlFile("sql/models/b.sql", "select 1 as id")],
        properties=[SqlFile("a.yml", notes)],
        tests=[SqlFile(f"sql/tests/{name}.sql", text) for name, text in tests.items()],
    )
    return read_models(files, Outside({}, {}))


def rule(written: str) -> DataTest:
    (test,) = read(f"models: [{{name: a, columns: [{{name: id, data_tests: [{written}]}}]}}]").tests
    return test


def sql(test: DataTest) -> str:
    return " ".join(test.query.bound({"a": "A", "b": "B"}).split())


@pytest.mark.parametrize(
    ("written", "query"),
    [
        ("not_null", 'select * from A as "a" where "id" is null'),
        (
            "unique",
            'select "id", count(*) as rows from A as "a" where "id" is not null group by 1 having count(*) > 1',
        ),
        (
            "accepted_values: {values: [1, it's, true, 2026-01-31]}",
            """select "id", count(*) as rows from A as "a"
            where "id" not in ('1', 'it''s', 'true', '2026-01-31') group by 1""",
        ),
        (
            "accepted_values: {arguments: {values: [1, 2], quote: false}}",
            'select "id", count(*) as rows from A as "a" where "id" not in (1, 2) group by 1',
        ),
        (
            "relationships: {to: ref('b'), field: id}",
            """select child.* from (select * from A as "a") as child left join B as parent on child."id" = parent."id"
            where child."id" is not null and parent."id" is null""",
        ),
        (
            "not_null: {config: {where: id > 3}}",
            'select * from (select * from A as "a" where id > 3 ) as checked where "id" is null',
        ),
    ],
)
def test_each_rule_is_a_query_for_the_rows_that_break_it(written: str, query: str) -> None:
    assert sql(rule(written)) == " ".join(query.split())


def test_a_rule_says_how_severe_it_is_and_what_it_is_called() -> None:
    warns = rule("unique: {name: one_each, config: {severity: warn}}")

    assert (warns.name, warns.severity) == ("one_each", "warn")
    assert (rule("unique").name, rule("unique").severity) == ("unique_a_id", "error")
    assert rule("unique: {severity: WARN}").severity == "warn"


def test_tables_of_sources_may_have_rules() -> None:
    (test,) = read("sources: [{name: shop, tables: [{name: orders, columns: [{name: id, tests: [unique]}]}]}]").tests

    assert (test.name, test.about) == ("unique_source_shop_orders_id", "shop.orders")
    assert test.sources == {("shop", "orders")}


def test_descriptions_are_kept() -> None:
    columns = "columns: [{name: id, description: It.}, {name: x}]"
    model = read(f"models:\n- name: a\n  description: >\n    All\n    of it.\n  {columns}\n").by_name["a"]

    assert (model.description, model.columns) == ("All of it.", {"id": "It."})


def test_a_singular_test_may_only_warn() -> None:
    (test,) = read("", small="{{ config(severity='warn') }}select * from {{ ref('a') }} where id > 5").tests

    assert (test.name, test.severity) == ("small", "warn")
    assert test.refs == {"a"}


@pytest.mark.parametrize(
    ("notes", "said"),
    [
        ("version: 3", "a.yml:1: version must be 2"),
        ("- name: a", "a.yml: it must be a mapping"),
        ("models: a", "a.yml:1: models must be a list"),
        ("models: [a]", "a.yml:1: each of models must be a mapping"),
        ("models:\n- nam: a", "a.yml:2: name must be text and is missing"),
        ("models:\n- name: c", "a.yml:2: unknown model 'c'"),
        ("models:\n- name: a\n- name: a", "a.yml:3: a is described twice, see a.yml:2"),
        ("models:\n- name: a\n  name: b", "a.yml:3: the key 'name' is there twice"),
        ("models:\n- name: a\n  colums: []", "a.yml:3: unknown key of a model 'colums', did you mean 'columns'?"),
        ("models:\n- name: a\n  data_tests: [x]", "a.yml:3: unknown key of a model 'data_tests'"),
        ("models: [{name: a, config: {materialized: ephemeral}}]", "sql/models/a.sql: materialized is 'ephemeral'"),
        ("models: [{name: a, config: {unique_key: id}}]", "a.yml:1: unknown key of a model's config 'unique_key'"),
        ("models: [{name: a, columns: [{name: id}, {name: id}]}]", "a.yml:1: the column 'id' is there twice"),
        ("seeds: []", "a.yml:1: unknown key of a file of properties 'seeds'"),
        ("models: [", "a.yml:1: expected the node content"),
        ("models: !!python/name:os.system x", "a.yml:1: could not determine a constructor"),
    ],
)
def test_what_is_not_understood_is_told_with_its_line(notes: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(notes)

    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("uniqe", "a.yml:1: unknown test 'uniqe', did you mean 'unique'?"),
        ("1", "a.yml:1: a test is a name"),
        ("accepted_values", "a.yml:1: accepted_values has no values"),
        ("accepted_values: {value: [1]}", "a.yml:1: unknown key of the test accepted_values 'value', did you mean"),
        ("relationships: {field: id}", "a.yml:1: to must be text and is missing"),
        ("relationships: {to: ref('c'), field: id}", "a.yml:1: unknown model 'c'"),
        ("relationships: {to: ref(, field: id}", "a.yml:1: "),
        ("unique: {config: {severity: fatal}}", "a.yml:1: severity is 'fatal'"),
        ("unique: {config: {limit: 3}}", "a.yml:1: unknown key of a test's config 'limit'"),
        ("not_null: {where: 1 = 1) or (true}", "a.yml:1: the SQL cannot be read"),
        ("not_null: {where: true); drop table x; --}", "a.yml:1: there is more than one statement"),
        ("unique, unique", "a.yml:1: the test 'unique_a_id' is there twice"),
    ],
)
def test_a_rule_that_is_not_understood_is_refused(written: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        rule(written)

    assert str(caught.value).startswith(said)
