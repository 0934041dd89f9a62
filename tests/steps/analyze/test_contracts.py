"""A model with an enforced contract has the columns that it promises, and rows that keep its constraints."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from minidata.adapters.database.connection import Database
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError, Exit
from minidata.steps.analyze import analyze

PROMISED = """
version: 2
models:
  - name: promised
    config: {contract: {enforced: true}, materialized: %s}
    constraints: [{type: check, expression: "amount < 100"}]
    columns:
      - {name: id, data_type: integer, constraints: [{type: not_null}]}
      - {name: amount, data_type: "numeric(8, 2)"}
"""


def said_of(project: Project, model: str) -> str:
    outcome = analyze(project)
    return next(one.message for one in outcome.models if one.name == model)


@pytest.mark.parametrize("materialized", ["table", "view", "incremental"])
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select 1 as id", "there is no amount"),
        ("select 1 as id, 2.5 as amount, true as more", "more is not in it"),
        ("select 'a'::text as id, 2.5 as amount", "id is text, not int4"),
        ("select 1::bigint as id, 2.5::float8 as amount", "id is int8, not int4; amount is float8, not numeric(8,2)"),
    ],
)
def test_a_query_that_breaks_its_contract_is_not_built(
    project: Project, put: Callable[[str, str], None], materialized: str, query: str, said: str
) -> None:
    put("sql/models/promised.yml", PROMISED % materialized)
    put("sql/models/promised.sql", query)

    assert said_of(project, "promised") == f"model promised breaks its contract: {said} (sql/models/promised.sql)"
    assert analyze(project).exit_code == Exit.CONFIG


@pytest.mark.parametrize("materialized", ["table", "incremental"])
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select null::int as id, 1.5 as amount", 'null value in column "id"'),
        ("select 1 as id, 100.5 as amount", "violates check constraint"),
    ],
)
def test_rows_that_break_a_constraint_are_not_built(
    project: Project, put: Callable[[str, str], None], materialized: str, query: str, said: str
) -> None:
    put("sql/models/promised.yml", PROMISED % materialized)
    put("sql/models/promised.sql", query)

    assert said in said_of(project, "promised")


def test_a_table_has_the_order_and_types_that_it_promises(
    project: Project, put: Callable[[str, str], None], owner: Database
) -> None:
    put("sql/models/promised.yml", PROMISED % "table")
    put("sql/models/promised.sql", "select 1.239 as amount, 7 as id")

    assert analyze(project).exit_code == Exit.DONE
    assert owner.rows("select * from analytics.promised") == [(7, Decimal("1.24"))]


def test_another_contract_is_another_model(project: Project, put: Callable[[str, str], None]) -> None:
    put("sql/models/promised.yml", PROMISED % "table")
    put("sql/models/promised.sql", "select 1 as id, 2.5 as amount")
    analyze(project)
    put("sql/models/promised.yml", (PROMISED % "table").replace("numeric(8, 2)", "numeric(9, 3)"))

    assert [one.status for one in analyze(project).models] == ["built"]


@pytest.mark.parametrize(
    ("constraint", "said"),
    [
        ("{type: foreign_key, expression: other (id)}", "a foreign key constraint is not supported here"),
        ("{type: custom, expression: whatever}", "a custom constraint is not supported here"),
        ("{type: uniq}", "unknown constraint 'uniq', did you mean 'unique'?"),
        ("{type: check, expression: 'true) or exists (select from a.b'}", "a constraint reads no table"),
    ],
)
def test_a_constraint_that_cannot_be_kept_is_an_error(
    project: Project, put: Callable[[str, str], None], constraint: str, said: str
) -> None:
    put("sql/models/promised.yml", (PROMISED % "incremental").replace("{type: not_null}", constraint))
    put("sql/models/promised.sql", "select 1 as id, 2.5 as amount")

    with pytest.raises(ConfigError, match=r"sql/models/promised\.yml:8: ") as refused:
        analyze(project)
    assert said in str(refused.value)


@pytest.mark.parametrize("constraint", ["{type: primary_key}", "{type: unique}"])
def test_a_key_of_an_incremental_model_is_one_among_its_rows_that_count(
    project: Project, put: Callable[[str, str], None], owner: Database, constraint: str
) -> None:
    config = "{{ config(unique_key='id') }}"
    put("sql/models/promised.yml", (PROMISED % "incremental").replace("{type: not_null}", constraint))
    put("sql/models/promised.sql", f"{config} select 1 as id, 1.0 as amount")
    analyze(project)
    put("sql/models/promised.sql", f"{config} select 1 as id, 2.0 as amount")
    again = analyze(project)
    put("sql/models/promised.sql", f"{config} select generate_series(1, 2) / 3 as id, 1.5 as amount")

    assert again.exit_code == Exit.DONE
    assert owner.rows("select id, amount from analytics.promised") == [(1, 2)]
    assert "duplicate key value" in said_of(project, "promised")


@pytest.mark.parametrize(
    ("columns", "said"), [("", "its contract has no columns"), ("columns: [{name: id}]", "'id' needs its data_type")]
)
def test_a_contract_without_types_is_an_error(
    project: Project, put: Callable[[str, str], None], columns: str, said: str
) -> None:
    put(
        "sql/models/promised.yml",
        f"models:\n  - name: promised\n    config: {{contract: {{enforced: true}}}}\n    {columns}\n",
    )
    put("sql/models/promised.sql", "select 1 as id")

    with pytest.raises(ConfigError, match=said):
        analyze(project)
