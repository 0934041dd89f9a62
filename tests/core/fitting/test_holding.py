"""What columns hold beyond the rules of a Row's fields: defaults, and rows of many columns."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import sql
from pydantic import AwareDatetime, Field, create_model, field_validator, model_validator

from minidata.core.columns import Column
from minidata.core.errors import ConfigError
from minidata.core.fitting.checking import checker_of
from minidata.core.fitting.row_sizes import Sizes
from minidata.core.rows import Row
from minidata.core.source import Stream


@pytest.mark.parametrize(
    ("annotation", "default"),
    [
        (int, 2**63),
        (int, None),
        (str, None),
        (str, 1),
        (date, "2024-01-01"),
        (date, datetime(2024, 1, 1, tzinfo=UTC)),
        (AwareDatetime, datetime(2024, 1, 1)),  # noqa: DTZ001 - that it has no zone is what is wrong with it
        (Decimal, 0.5),
        (Annotated[Decimal, Field(max_digits=3, decimal_places=1)], Decimal("1.55")),
    ],
)
def test_a_default_that_the_column_does_not_hold_is_refused_at_the_start(annotation: Any, default: Any) -> None:
    row = type("Probe", (Row,), {"__annotations__": {"id": int, "x": annotation}, "x": default})

    with pytest.raises(ConfigError, match=r"Probe\.x: its default"):
        Stream("probes", "/", row, "id")


def test_a_default_that_fits_is_taken() -> None:
    fields: Any = {"id": (int, ...), "n": (int | None, None), "m": (Decimal, Decimal("1.50")), "t": (list[str], ["a"])}

    Stream("probes", "/", create_model("Probe", __base__=Row, **fields), "id")


class Plain(Row):
    id: int
    type: str = ""


class Before(Row):
    id: int
    type: str

    @field_validator("type", mode="before")
    @classmethod
    def shorter(cls, text: Any) -> Any:
        return text[:3]


class After(Plain):
    @field_validator("type")
    @classmethod
    def none(cls, _: str) -> Any:
        return None


class Whole(Plain):
    @model_validator(mode="after")
    def other(self) -> Any:
        object.__setattr__(self, "id", 2**70)
        return self


class Made(Plain):
    made: int = Field(default_factory=lambda: 2**70)


@pytest.mark.parametrize("row", [Plain, Before])
def test_what_the_rules_of_fields_have_seen_last_is_not_asked_again(row: type[Row]) -> None:
    assert checker_of(row).holding is None


@pytest.mark.parametrize(("row", "pointer"), [(After, "/type"), (Whole, "/id"), (Made, "/made")])
def test_what_code_has_made_last_is_asked(row: type[Row], pointer: str) -> None:
    checked = checker_of(row).check([{"id": 1, "type": "a"}])

    assert [(reason.code, reason.pointer) for reason in checked.rejected] == [("VALIDATOR_ERROR", pointer)]


# A type, and a value of it that may be longer or shorter, by number.
TEXTS = st.sampled_from(["x", "ab", "aab", "abcdefghijklmnopqrstuvwxyz0123456789"])
VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "bigint": st.just(1),
    "boolean": st.just(value=True),
    "date": st.just(date(2024, 1, 1)),
    "interval": st.just(timedelta(days=1)),
    "uuid": st.just(UUID(int=7)),
    "double precision": st.just(1.5),
    "text": st.builds(
        lambda text, times, more: text * times + "x" * more, TEXTS, st.integers(0, 60), st.integers(0, 30)
    ),
    "bytea": st.integers(0, 40).map(lambda size: bytes(range(size))),
    "numeric": st.builds(
        lambda digits, power: Decimal(f"{'7' * digits}e{power}"), st.integers(1, 70), st.integers(-90, 90)
    ),
}


@pytest.mark.every_postgres
@settings(max_examples=25)
@given(
    st.lists(st.sampled_from(sorted(VALUES)).flatmap(lambda kind: st.tuples(st.just(kind), VALUES[kind])), min_size=1),
    st.integers(1, 1500),
)
def test_postgres_has_room_for_what_we_think_it_has(postgres: str, parts: list[tuple[str, Any]], many: int) -> None:
    cells = [parts[number % len(parts)] for number in range(many)]
    columns = [Column(f"c{number}", kind, nullable=True) for number, (kind, _) in enumerate(cells)]
    row = {column.name: value for column, (_, value) in zip(columns, cells, strict=True)}

    fits = has_room(postgres, columns, row)

    assert fits or Sizes(columns).too_big(row)


def has_room(postgres: str, columns: list[Column], row: Mapping[str, Any]) -> bool:
    with psycopg.connect(postgres) as connection:
        named = sql.SQL(", ").join(sql.SQL(f"{column.name} {column.type}") for column in columns)
        connection.execute(sql.SQL("create temp table wide ({}, _record int, _object bigint)").format(named))
        values = sql.SQL(", ").join(map(sql.Literal, row.values()))
        try:
            connection.execute(sql.SQL("insert into wide values ({}, 0, 1)").format(values))
        except psycopg.errors.ProgramLimitExceeded:
            return False
        finally:
            connection.rollback()
    return True
