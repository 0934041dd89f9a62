"""The shortcut for unique and not_null gives what rendering and reading them gives."""

from dataclasses import replace

import pytest

from minidata.core.dialect.rendering import SqlFile
from minidata.core.dialect.variables import Outside
from minidata.core.modelling.reading import ModelFiles, read_models
from minidata.core.testing.datatests import DataTest

# With a macro of the project's own there is no shortcut.
OWN = "{% macro get_where_subquery(relation) %}{{ return(relation) }}{% endmacro %}"


def made(column: str, *macros: str, config: str = "") -> list[DataTest]:
    notes = f"models: [{{name: a, columns: [{{name: '{column}', data_tests: [unique, not_null]}}]}}]"
    files = ModelFiles(
        models=[SqlFile("models/a.sql", f"{config}select 1 as id")],
        properties=[SqlFile("a.yml", notes)],
        macros=[SqlFile(f"macros/{number}.sql", text) for number, text in enumerate(macros)],
    )
    return list(read_models(files, Outside({}, {})).tests)


@pytest.mark.parametrize("column", ["id", "Id", "order", '"a b"', '"a"".""b"', "lower(id)", "a || b", "é"])
@pytest.mark.parametrize("config", ["", "{{ config(alias='shown', schema='else') }}"])
def test_it_is_the_same_test(column: str, config: str) -> None:
    quick, slow = made(column, config=config), made(column, OWN, config=config)

    assert [replace(test, query=replace(test.query, words=())) for test in slow] == [
        replace(test, query=replace(test.query, words=())) for test in quick
    ]


def test_a_macro_of_the_projects_own_is_asked() -> None:
    own = "{% test unique(model, column_name) %}select 'mine' from {{ model }}{% endtest %}"

    assert {test.kind: "mine" in test.query.text for test in made("id", own)} == {"unique": True, "not_null": False}
