"""lineage at its edge: a project's files are told from, and a database only where they do not know."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import psycopg
import pytest
from pydantic import Field, SecretStr

from minidata.adapters.project import Project
from minidata.core.errors import UnknownName
from minidata.core.rows import Row
from minidata.core.source import Source, Stream
from minidata.core.watch import Nobody
from minidata.steps.lineage import Lineage, lineage
from minidata.steps.up import up
from shell import run

ROOT = Path(__file__).parents[2]


class Order(Row):
    id: int
    total: Annotated[Decimal, Field(max_digits=12, decimal_places=2)]
    country: str


SHOP = Source("shop", "http://127.0.0.1:1", [Stream("orders", "/orders", Order, key="id", mode="history")])
SOURCES = {"shop": SHOP}
FILES = {
    "models/stg_orders.sql": "{{ config(materialized='ephemeral') }} select * from {{ source('shop', 'orders') }}",
    "models/by_country.sql": """
        select c.name, sum(o.total) as revenue, o.country as "Code.2"
        from {{ ref('stg_orders') }} o join {{ ref('countries') }} c on c.code = o.country group by 1, 3""",
    "models/top.sql": "select * from {{ ref('by_country') }} order by revenue limit 3",
    "seeds/countries.csv": "code,name\nDE,Germany\n",
}


@pytest.fixture
def shop(project: Project) -> Project:
    write(project, FILES)
    return project


def write(project: Project, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        file = project.root / "sql" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


@dataclass(frozen=True)
class Notes(Nobody):
    """Hears what is told."""

    told: list[str] = field(default_factory=list)

    def note(self, line: str) -> None:
        """Keep it."""
        self.told.append(line)


def column(facts: Lineage, name: str) -> tuple[str | None, str | None, tuple[str, ...], tuple[str, ...]]:
    one = facts.fields[name]
    return one.type, one.kind, one.reads, one.stands_on


def test_tables_lead_to_tables_with_nothing_loaded(shop: Project) -> None:
    found = {one.name: one for one in lineage(shop, SOURCES).tables}

    assert {name: one.reads for name, one in found.items()} == {
        "shop.orders": (),
        "countries": (),
        "stg_orders": ("shop.orders",),
        "by_country": ("countries", "stg_orders"),
        "top": ("by_country",),
    }
    assert [one.materialized for one in found.values()] == [None, "seed", "ephemeral", "view", "view"]
    assert not any(one.why_not for one in found.values())


def test_columns_lead_down_to_rows_and_seeds(shop: Project) -> None:
    facts = lineage(shop, SOURCES)

    assert column(facts, "top.name") == (None, "passed", ("by_country.name",), ("countries.name",))
    assert column(facts, "top.revenue") == (None, "passed", ("by_country.revenue",), ("shop.orders.total",))
    assert column(facts, "by_country.revenue") == (None, "derived", ("stg_orders.total",), ("shop.orders.total",))
    assert column(facts, "shop.orders.total") == ("numeric(12,2)", None, (), ())
    assert column(facts, "countries.code") == ("text", None, (), ())
    assert column(facts, "stg_orders.valid_from")[3] == ("shop.orders.valid_from",)


def test_of_a_table_what_leads_to_it_and_from_it_is_told(shop: Project) -> None:
    write(shop, {"models/apart.sql": "select 1 as one"})

    assert [one.name for one in lineage(shop, SOURCES, "analytics.stg_orders").tables] == [
        "shop.orders",
        "stg_orders",
        "by_country",
        "top",
    ]


def test_of_a_column_its_way_down_and_what_it_leads_to_are_told(shop: Project) -> None:
    facts = lineage(shop, SOURCES, "by_country.revenue")

    assert list(facts.way_down()) == [
        (0, "by_country.revenue"),
        (1, "stg_orders.total"),
        (2, "shop.orders.total"),
    ]
    assert facts.led_to() == ("top.revenue",)
    assert [name for _, name in lineage(shop, SOURCES, "top.Code.2").way_down()][1] == "by_country.Code.2"
    assert lineage(shop, SOURCES, "shop.orders.country").led_to() == (
        "stg_orders.country",
        "by_country.Code.2",
        "top.Code.2",
    )


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ("by_contry", "unknown model 'by_contry', did you mean 'by_country'"),
        ("by_country.revenu", "unknown column of by_country 'revenu', did you mean 'revenue'"),
        ("shop.order", "unknown model 'shop.order', did you mean 'shop.orders'"),
    ],
)
def test_what_there_is_not_is_an_error_that_says_the_nearest(shop: Project, about: str, message: str) -> None:
    with pytest.raises(UnknownName, match=message):
        lineage(shop, SOURCES, about)


def test_a_table_that_no_row_describes_is_looked_up(shop: Project, database_url: SecretStr) -> None:
    write(shop, {"models/outside.sql": "select * from crm.leads"})
    notes = Notes()
    up(shop)
    before = {one.name: one for one in lineage(shop, SOURCES, watch=notes).tables}
    with psycopg.connect(database_url.get_secret_value()) as connection:
        connection.execute("create schema crm; create table crm.leads (id bigint, note varchar(9))")
        connection.execute("grant usage on schema crm to minidata_analyst")

    after = lineage(shop, SOURCES)

    assert before["outside"].why_not == "it selects * of what has no known columns"
    assert before["crm.leads"].why_not == "its columns are not known"
    assert column(after, "crm.leads.note")[0] == "character varying(9)"
    assert column(after, "outside.note")[3] == ("crm.leads.note",)


def test_without_a_database_the_rest_is_told(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINIDATA_ENGINE_URL", "postgresql://127.0.0.1:9/none")
    write(shop, {"models/outside.sql": "select * from crm.leads"})
    notes = Notes()

    found = lineage(Project.find(), SOURCES, watch=notes)

    assert column(found, "top.revenue")[1] == "passed"
    assert len(notes.told) == 1
    assert "the columns of analytics.outside, crm.leads are not known: " in notes.told[0]


def test_the_command_prints_tables_json_and_diagrams() -> None:
    """Of this repository, which is a project, and has no database."""
    tables = run("lineage", "stg_orders", cwd=ROOT)
    way = run("lineage", "revenue_by_month.revenue", cwd=ROOT)
    as_json = run("lineage", "--json", cwd=ROOT)
    mermaid = run("lineage", "-f", "mermaid", "stg_orders", cwd=ROOT)
    dot = run("lineage", "-f", "dot", "stg_orders.total", cwd=ROOT)

    assert tables.stdout.decode().splitlines()[:3] == [
        "model    stg_orders view sql/models/shop/staging/stg_orders.sql",
        "reads    shop.orders",
        "read by  cohort_retention, customer_lifetime_value, revenue_by_month",
    ]
    assert [line.split() for line in way.stdout.decode().splitlines()[1:4]] == [
        ["revenue_by_month.revenue", "derived"],
        ["stg_orders.total", "passed"],
        ["shop.orders.total", "numeric(12,2)"],
    ]
    names = [one["name"] for one in json.loads(as_json.stdout)["result"]["tables"]]
    assert {"shop.orders", "stg_orders", "revenue_by_month"} <= set(names)
    assert '[("shop.orders")]' in mermaid.stdout.decode()
    assert '"stg_orders"]:::chosen' in mermaid.stdout.decode()
    assert 'label="stg_orders.total", shape=plain, penwidth=3' in dot.stdout.decode()
    assert {one.stderr for one in (tables, way, as_json, mermaid, dot)} == {b""}
