"""The files beside the models: a key or a rule that is not understood is an error with its line."""

from dataclasses import replace

import pytest

from minidata.core.dialect.rendering import SqlFile
from minidata.core.dialect.variables import Outside
from minidata.core.errors import ConfigError, UnknownName
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
        ("not_null", 'select * from A as "a" where id is null'),
        (
            "unique",
            """select id as unique_field, count(*) as n_records from A as "a"
            where id is not null group by id having count(*) > 1""",
        ),
        (
            "accepted_values: {values: [1, it's, true, 2026-01-31]}",
            """with all_values as ( select id as value_field, count(*) as n_records from A as "a" group by id )
            select * from all_values where value_field not in ('1','it''s','true','2026-01-31')""",
        ),
        (
            "accepted_values: {arguments: {values: [1, 2], quote: false}}",
            """with all_values as ( select id as value_field, count(*) as n_records from A as "a" group by id )
            select * from all_values where value_field not in (1,2)""",
        ),
        (
            "relationships: {to: ref('b'), field: id}",
            """with child as (select id as from_field from A as "a" where id is not null),
            parent as (select id as to_field from B as "b")
            select from_field from child left join parent on child.from_field = parent.to_field
            where parent.to_field is null""",
        ),
        (
            "not_null: {config: {where: id > 3}}",
            'select * from (select * from A as "a" where id > 3 ) dbt_subquery where id is null',
        ),
    ],
)
def test_each_rule_is_a_query_for_the_rows_that_break_it(written: str, query: str) -> None:
    assert sql(rule(written)) == " ".join(query.split())


@pytest.mark.parametrize(
    ("said", "condition"),
    [
        ("{min: 1}", "row_count < 1"),
        ("{arguments: {max: 9}}", "row_count > 9"),
        ("{min: 0, max: 9}", "row_count < 0 or row_count > 9"),
    ],
)
def test_how_many_rows_there_are_may_be_bounded(said: str, condition: str) -> None:
    (test,) = read(f"models: [{{name: a, data_tests: [row_count: {said}]}}]").tests

    assert sql(test) == (
        f'select row_count from (select count(*) as row_count from A as "a") counted where {condition}'
    )


@pytest.mark.parametrize(
    ("column", "said", "shown"),
    [
        ("Id", "", "Id"),
        ("order", "", '"order"'),
        ("Id", "quote: true", '"Id"'),
        ("order", "quote: false", '"order"'),
        ("'\"a b\"'", "", '"a b"'),
    ],
)
def test_a_column_stands_as_it_is_written_and_quoted_where_it_must_be(column: str, said: str, shown: str) -> None:
    notes = f"models: [{{name: a, columns: [{{name: {column}, tests: [not_null]{', ' if said else ''}{said}}}]}}]"

    assert sql(read(notes).tests[0]) == f'select * from A as "a" where {shown} is null'


def test_all_columns_of_a_model_or_a_source_may_be_quoted() -> None:
    of_model = "models: [{name: a, quote_columns: true, columns: [{name: Id, tests: [not_null]}]}]"
    table = "{name: t, quoting: {column: true}, columns: [{name: Id, tests: [not_null]}]}"

    for notes in (of_model, f"sources: [{{name: s, tables: [{table}]}}]"):
        assert 'where "Id" is null' in sql(read(notes).tests[0])


def test_a_rule_says_how_severe_it_is_and_what_it_is_called() -> None:
    warns = rule("unique: {name: one_each, config: {severity: warn}}")

    assert (warns.name, warns.severity) == ("one_each", "warn")
    assert (rule("unique").name, rule("unique").severity) == ("unique_a_id", "error")
    assert rule("unique: {severity: WARN}").severity == "warn"


def test_tables_of_sources_may_have_rules() -> None:
    (test,) = read("sources: [{name: shop, tables: [{name: orders, columns: [{name: id, tests: [unique]}]}]}]").tests

    assert (test.name, test.about) == ("source_unique_shop_orders_id", "shop.orders")
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
        ("- name: a", "a.yml: it must be a mapping"),
        ("models: a", "a.yml:1: models must be a list"),
        ("models: [a]", "a.yml:1: each of models must be a mapping"),
        ("models:\n- nam: a", "a.yml:2: name must be text and is missing"),
        ("models:\n- name: a\n- name: a", "a.yml:3: a is described twice, see a.yml:2"),
        ("models:\n- name: a\n  name: b", "a.yml:3: the key 'name' is there twice"),
        ("models:\n- name: a\n  colums: []", "a.yml:3: unknown key of a model 'colums', did you mean 'columns'?"),
        ("models:\n- name: a\n  data_tests: [x]", "a.yml:3: unknown test 'x'"),
        ("models: [{name: a, config: {materialized: cube}}]", "sql/models/a.sql: materialized is 'cube'"),
        ("models: [{name: a, config: {unique_keys: id}}]", "sql/models/a.sql: unknown config 'unique_keys', did you"),
        ("models: [{name: a, columns: [{name: id}, {name: id}]}]", "a.yml:1: the column 'id' is there twice"),
        ("seed: []", "a.yml:1: unknown key of a file of properties 'seed', did you mean 'seeds'?"),
        ("models: [", "a.yml:2: did not find expected node content"),
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
        ("accepted_values: {values: []}", "a.yml:1: accepted_values has no values"),
        (
            "accepted_values: {value: [1]}",
            "a.yml:1: unknown argument of the test accepted_values 'value'",
        ),
        ("relationships: {field: id}", "a.yml:1: relationships needs to and field"),
        ("relationships: {to: ref('c'), field: id}", "a.yml:1: unknown model 'c'"),
        ("relationships: {to: ref(, field: id}", "a.yml:1: unexpected"),
        ("row_count: {min: 1}", "a.yml:1: row_count is no test of a column"),
        ("unique: {config: {severity: fatal}}", "a.yml:1: severity is 'fatal'"),
        ("unique: {config: {severty: warn}}", "a.yml:1: unknown config of a test 'severty', did you mean 'severity'?"),
        ("unique: {limit: 3, config: {limit: 4}}", "a.yml:1: limit is said twice"),
        ("unique: {config: {limit: few}}", "a.yml:1: limit is 'few'"),
        ("unique: {config: {warn_if: 10}}", "a.yml:1: warn_if is 10"),
        ("unique: {config: {error_if: '> 1; drop table x'}}", "a.yml:1: there is more than one statement"),
        ("unique: {config: {enabled: perhaps}}", "a.yml:1: enabled is 'perhaps'"),
        ("not_null: {where: 1 = 1) or (true}", "a.yml:1: the SQL cannot be read"),
        ("not_null: {where: true; drop table x}", "a.yml:1: there is more than one statement"),
        ("not_null: {where: it's}", "a.yml:1: the SQL cannot be read"),
        ("not_null: {model: ref('b')}", "a.yml:1: model is no argument"),
        ("dbt_utils.expression_is_true", "a.yml:1: the test dbt_utils.expression_is_true is one of a package that is"),
        ("unique, unique", "a.yml:1: the test 'unique_a_id' is there twice"),
        ("unique, unique: {severity: warn}", "a.yml:1: the test 'unique_a_id' is there twice"),
    ],
)
def test_a_rule_that_is_not_understood_is_refused(written: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        rule(written)

    assert str(caught.value).startswith(said)


def test_a_test_that_is_switched_off_may_be_there_twice() -> None:
    assert rule("unique, unique: {config: {enabled: false}}").name == "unique_a_id"
    assert rule("unique: {config: {enabled: false}}, unique").name == "unique_a_id"


@pytest.mark.parametrize(
    ("gone", "said"), [("'gone'", "unknown model 'gone'"), ("'package', 'a'", "unknown project 'package'")]
)
def test_a_test_that_reads_what_is_not_there_is_told_and_left_out_as_with_dbt(gone: str, said: str) -> None:
    told: list[str] = []
    notes = f"""models:
- name: a
  columns:
  - {{name: id, data_tests: [unique, {{relationships: {{to: "ref({gone})", field: id}}}}]}}"""
    files = ModelFiles(
        models=[SqlFile("models/a.sql", "select 1 as id")],
        properties=[SqlFile("models/a.yml", notes)],
        tests=[SqlFile("tests/t.sql", f"select * from {{{{ ref({gone}) }}}}")],
    )

    with pytest.raises(UnknownName, match=said):
        read_models(files, Outside({}, {}))
    project = SqlFile("dbt_project.yml", "name: mine")
    models = read_models(replace(files, project=project), Outside({}, {}, tell=told.append))

    assert [test.name for test in models.tests] == ["unique_a_id"]
    assert [line[: line.index(":")] for line in told] == ["models/a.yml", "tests/t.sql"]
    assert all(said in line and line.endswith("; the test is left out") for line in told)


def test_notes_about_a_model_that_is_not_there_are_told_and_left_out() -> None:
    told: list[str] = []
    notes = "models:\n- name: stg\n  columns: [{name: id, data_tests: [unique]}]"

    models = read_models(ModelFiles(properties=[SqlFile("a.yml", notes)]), Outside({}, {}, tell=told.append))

    assert models.tests == ()
    assert any("a.yml:3: unknown model 'stg'; the test unique of it is left out" in line for line in told), told
