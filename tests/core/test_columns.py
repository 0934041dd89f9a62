"""From fields to columns."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Address
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import AwareDatetime, BaseModel, Field, HttpUrl, NaiveDatetime

from minidata.core.columns import Column, columns_of
from minidata.core.errors import ConfigError
from minidata.core.rows import Row


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Item(BaseModel):
    sku: str


Money = Annotated[Decimal, Field(max_digits=12, decimal_places=2)]


@pytest.mark.parametrize(
    ("annotation", "sql", "nullable"),
    [
        (int, "bigint", False),
        (bool, "boolean", False),
        (float, "double precision", False),
        (str | None, "text", True),
        (Money, "numeric(12,2)", False),
        (Money | None, "numeric(12,2)", True),
        (Decimal, "numeric", False),
        (datetime, "timestamptz", False),
        (AwareDatetime, "timestamptz", False),
        (NaiveDatetime, "timestamp", False),
        (date, "date", False),
        (time, "time", False),
        (timedelta, "interval", False),
        (UUID, "uuid", False),
        (bytes, "bytea", False),
        (IPv4Address, "inet", False),
        (HttpUrl, "text", False),
        (list[Item], "jsonb", False),
        (Item, "jsonb", False),
        (dict[str, Any] | None, "jsonb", True),
        (Any, "jsonb", True),
        (Literal["a", "b"], "text", False),
        (Literal[1, 2] | None, "bigint", True),
        (Colour, "text", False),
    ],
)
def test_a_type_has_its_column(annotation: Any, sql: str, nullable: bool) -> None:  # noqa: FBT001 - a table's cell
    row = type("Probe", (Row,), {"__annotations__": {"x": annotation}, "__module__": __name__})

    column = columns_of(row)[0]

    assert (column.type, column.nullable) == (sql, nullable)


def test_digits_are_found_where_field_says_them() -> None:
    class Price(Row):
        amount: Decimal | None = Field(max_digits=9, decimal_places=3, description="in euros")

    assert columns_of(Price) == (Column("amount", "numeric(9,3)", nullable=True, comment="in euros"),)


def test_an_enum_brings_what_it_allows() -> None:
    class Car(Row):
        colour: Colour

    assert columns_of(Car)[0].allowed == ("red", "blue")


@pytest.mark.parametrize("annotation", [complex, int | str, Literal["a", 1], object])
def test_a_type_without_a_column_is_refused_by_name(annotation: Any) -> None:
    row = type(
        "Probe", (Row,), {"__annotations__": {"odd": annotation}, "model_config": {"arbitrary_types_allowed": True}}
    )

    with pytest.raises(ConfigError, match=r"Probe\.odd"):
        columns_of(row)


def test_postgres_own_column_names_are_refused() -> None:
    class Odd(Row):
        ctid: int

    with pytest.raises(ConfigError, match="ctid"):
        columns_of(Odd)


class Huge(Enum):
    ONE = 2**63


class Nul(Enum):
    ONE = "a\0"


@pytest.mark.parametrize(
    "annotation",
    [
        *(Huge, Nul, Literal[2**63], Literal["a\0"]),
        Annotated[Decimal, Field(max_digits=2, decimal_places=5)],
        Annotated[Decimal, Field(max_digits=1001, decimal_places=2)],
    ],
)
def test_a_type_whose_values_no_column_holds_is_refused(annotation: Any) -> None:
    row = type("Probe", (Row,), {"__annotations__": {"odd": annotation}})

    with pytest.raises(ConfigError, match=r"Probe\.odd"):
        columns_of(row)
