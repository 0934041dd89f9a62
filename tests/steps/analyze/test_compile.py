"""compile: the SQL that models come to, which anybody who may read what is published can run."""

from collections.abc import Callable

import pytest

from minidata.adapters.database.connection import Database
from minidata.adapters.project import Project
from minidata.core.errors import UnknownName
from minidata.steps.analyze import analyze
from minidata.steps.compile import compile_models

Write = Callable[..., None]

TABLE = "{{ config(materialized='table') }} "
INCREMENTAL = """
{{ config(materialized='incremental', unique_key='n') }}
select n from {{ ref('a') }}
{% if is_incremental() %} where n > (select max(n) from {{ this }}) {% endif %}
"""
ASKING = """
{{ config(schema='more') }}
select {% for column in adapter.get_columns_in_relation(ref('a')) %}
{{ column.name }} as my_{{ column.name }}
{% endfor %}
from {{ ref('a') }}
"""


def compiled(project: Project, *select: str, incremental: bool = False) -> dict[str, str]:
    found = compile_models(project, select, incremental=incremental)
    return {model.name: " ".join(model.sql.split()) for model in found.models}


def test_templates_are_rendered_and_models_named_as_readers_know_them(project: Project, write: Write) -> None:
    """No database is asked: none is there yet."""
    write(
        a=f"{TABLE}select {{{{ var('one', 1) }}}} as n",
        b="{{ config(schema='more', alias='bee') }} select n from {{ ref('a') }}",
        c="select n from {{ ref('b') }}",
    )

    assert compiled(project) == {
        "a": "select 1 as n",
        "b": 'select n from "analytics"."a" as "a"',
        "c": 'select n from "analytics_more"."bee" as "bee"',
    }


def test_an_ephemeral_model_is_within_what_reads_it(project: Project, write: Write, reader: Database) -> None:
    write(a=f"{TABLE}select 7 as n", b="{{ config(materialized='ephemeral') }} select n from {{ ref('a') }} -- b")
    write(c="select n + 1 as n from {{ ref('b') }}")
    analyze(project)

    assert reader.rows(compile_models(project, ["c"]).models[0].sql) == [(8,)]


def test_of_an_incremental_model_either_query_can_be_seen(project: Project, write: Write, reader: Database) -> None:
    write(a=f"{TABLE}select 7 as n", grown=INCREMENTAL)
    analyze(project)
    whole, new = (compiled(project, "grown", incremental=one)["grown"] for one in (False, True))

    assert whole == 'select n from "analytics"."a" as "a"'
    assert new == f'{whole} where n > (select max(n) from "analytics"."grown" as "grown")'
    assert (reader.rows(whole), reader.rows(new)) == ([(7,)], [])


def test_a_template_that_asks_is_told_of_what_is_published(project: Project, write: Write) -> None:
    write(a=f"{TABLE}select 7 as n", asking=ASKING)
    analyze(project)

    assert compiled(project, "asking") == {"asking": 'select n as my_n from "analytics"."a" as "a"'}


def test_an_ephemeral_model_that_asks_is_told_of_it(project: Project, write: Write) -> None:
    write(a=f"{TABLE}select 7 as n", asking="{{ config(materialized='ephemeral') }} " + ASKING)
    write(reads="select * from {{ ref('asking') }} as one")
    analyze(project)

    assert "select n as my_n from" in compiled(project, "reads")["reads"]


def test_seeds_have_no_sql(project: Project, write: Write, put: Write) -> None:
    put("sql/seeds/s.csv", "n\n1\n")
    write(a="select n from {{ ref('s') }}")

    assert compiled(project, "+a") == {"a": 'select n from "analytics"."s" as "s"'}


def test_what_is_not_there_cannot_be_chosen(project: Project, write: Write) -> None:
    write(orders="select 1 as n")

    with pytest.raises(UnknownName, match="did you mean 'orders'"):
        compile_models(project, ["ordres"])
