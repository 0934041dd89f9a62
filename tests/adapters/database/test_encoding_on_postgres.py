"""What validation lets through, COPY takes, and SELECT gives back: on a real Postgres, type by type."""

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from ipaddress import IPv4Address, IPv6Interface, IPv6Network
from typing import Any, Literal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import (
    AwareDatetime,
    BaseModel,
    Field,
    HttpUrl,
    NaiveDatetime,
    ValidationInfo,
    field_validator,
    model_validator,
)

from minidata.adapters.database.connection import Database
from minidata.adapters.database.ledger import ledger
from minidata.adapters.database.loading.loading import write
from minidata.adapters.database.shaping.tables import ensure_tables
from minidata.adapters.database.targets import Target
from minidata.core.loading.preparing import prepare
from minidata.core.rows import Row
from minidata.core.runs import Manifest, Page
from minidata.core.source import Stream

AT = datetime(2026, 1, 31, tzinfo=UTC)


class Part(BaseModel):
    name: str
    price: Decimal
    made_on: date | None = None


class Everything(Row):
    id: int
    text: str | None = None
    small: bool | None = None
    whole: int | None = None
    real: float | None = None
    exact: Decimal | None = None
    money: Decimal | None = Field(default=None, max_digits=12, decimal_places=2)
    instant: AwareDatetime | None = None
    local: NaiveDatetime | None = None
    day: date | None = None
    clock: time | None = None
    span: timedelta | None = None
    uid: UUID | None = None
    raw: bytes | None = None
    address: IPv4Address | None = None
    network: IPv6Network | None = None
    link: HttpUrl | None = None
    kind: Literal["a", "b\\c"] | None = None
    parts: list[Part] | None = None
    doc: Any = None


STREAM = Stream("everything", path="/", row=Everything, key="id")


@pytest.fixture
def database(database: Database) -> Database:
    ensure_tables(database, Target("probe", STREAM, "f"))
    return database


def load(database: Database, stream: Stream, body: bytes) -> ledger.Counts:
    database.run("truncate minidata.object cascade")
    page = Page(number=1, key="k", sha256="0" * 64, size=1, status=200, url="u", fetched_at=AT)
    manifest = Manifest(
        source="probe", stream=stream.name, run="r", started_at=AT, finished_at=AT, pages=(page,), minidata="0"
    )
    prepared = prepare(stream, page, body)
    with database.transaction():
        write(database, Target("probe", stream, "f"), manifest, [prepared])
    return ledger.Counts.of(prepared)


def sent_and_found(database: Database, field: str, literal: str) -> Any:
    counts = load(database, STREAM, f'[{{"id": 1, "{field}": {literal}}}]'.encode())
    assert counts.loaded == 1
    row = database.one(f'select "{field}" from probe.everything where id = 1')
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    ("field", "literal", "value"),
    [
        ("text", r'"a\tb\nc\rd\\e\\N"', "a\tb\nc\rd\\e\\N"),
        ("text", r'"\\."', "\\."),
        ("text", '""', ""),
        ("text", "null", None),
        ("text", r'"\u0001\ud83d\ude00"', "\x01\U0001f600"),
        ("small", "true", True),
        ("whole", "9223372036854775807", 2**63 - 1),
        ("whole", "-9223372036854775808", -(2**63)),
        ("real", "5e-324", 5e-324),
        ("real", "-1.7976931348623157e308", -1.7976931348623157e308),
        ("exact", "12345678901234567.89", Decimal("12345678901234567.89")),
        ("exact", "1e999", Decimal("1e999")),
        ("exact", "1e-16383", Decimal("1e-16383")),
        ("money", "9999999999.99", Decimal("9999999999.99")),
        ("instant", '"2024-03-31T02:30:00+01:00"', datetime(2024, 3, 31, 1, 30, tzinfo=UTC)),
        ("instant", '"0001-01-01T00:00:00Z"', datetime(1, 1, 1, tzinfo=UTC)),
        ("instant", '"9999-12-31T23:59:59.999999Z"', datetime(9999, 12, 31, 23, 59, 59, 999999, UTC)),
        ("local", '"2024-02-29T12:00:00.5"', datetime(2024, 2, 29, 12, 0, 0, 500000)),  # noqa: DTZ001 - it has no zone
        ("day", '"2024-02-29"', date(2024, 2, 29)),
        ("clock", '"23:59:59.000001"', time(23, 59, 59, 1)),
        ("span", '"P1DT2H3M4.5S"', timedelta(days=1, hours=2, minutes=3, seconds=4.5)),
        ("span", '"-PT1S"', timedelta(seconds=-1)),
        ("uid", '"00000000-0000-4000-8000-00000000000a"', UUID("00000000-0000-4000-8000-00000000000a")),
        ("raw", r'"a\\b\u00e9"', "a\\bé".encode()),
        ("address", '"192.0.2.1"', IPv4Address("192.0.2.1")),
        ("network", '"2001:db8::/32"', IPv6Interface("2001:db8::/32")),
        ("link", '"https://example.com/a?b=c"', "https://example.com/a?b=c"),
        ("kind", r'"b\\c"', "b\\c"),
        ("doc", r'{"a":["\\","\t"],"n":1.10,"big":123456789012345678901234567890}', None),
        ("doc", "[]", []),
    ],
)
def test_what_was_sent_is_what_is_there(database: Database, field: str, literal: str, value: Any) -> None:
    found = sent_and_found(database, field, literal)

    assert found == (json.loads(literal) if value is None and literal != "null" else value)


def test_numbers_in_documents_keep_every_digit(database: Database) -> None:
    sent_and_found(database, "parts", '[{"name":"x","price":12345678901234567.890,"other":1}]')

    row = database.one("select parts::text from probe.everything")
    assert row == ('[{"name": "x", "price": 12345678901234567.890, "made_on": null}]',)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from([column.name for column in STREAM.columns])


@pytest.mark.every_postgres
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=st.lists(st.dictionaries(names, json_values, max_size=4) | json_values, max_size=6))
def test_copy_never_refuses_what_validation_let_through(database: Database, records: list[Any]) -> None:
    counts = load(database, STREAM, json.dumps(records).encode())

    assert counts.balanced
    assert counts.fetched == len(records)


class Checked(Row):
    id: int
    low: int
    high: int

    @model_validator(mode="after")
    def in_order(self) -> "Checked":
        if self.low > self.high:
            raise ValueError("low is above high")
        if self.low == 13:
            raise KeyError("unlucky")
        return self


def test_a_row_with_validators_of_its_own_is_loaded_by_the_same_rules(database: Database) -> None:
    stream = Stream("ranges", path="/", row=Checked, key="id")
    ensure_tables(database, Target("probe", stream, "f"))

    counts = load(
        database,
        stream,
        b'[{"id":1,"low":1,"high":2},{"id":2,"low":3,"high":2},{"id":3,"low":13,"high":20},{"id":"4","low":1,"high":2}]',
    )

    assert (counts.loaded, counts.quarantined) == (1, 3)
    codes = database.rows("select record, code, message from minidata.quarantine order by record")
    assert codes[0] == (1, "VALIDATOR_ERROR", "low is above high")
    assert codes[1][:2] == (2, "VALIDATOR_ERROR")
    assert codes[2][:2] == (3, "WRONG_TYPE")


class Basket(Row):
    id: int
    parts: list[Part]
    total: Decimal

    @field_validator("parts")
    @classmethod
    def dear_first(cls, parts: list[Part]) -> list[Part]:
        return sorted(parts, key=lambda part: -part.price)

    @field_validator("total")
    @classmethod
    def adds_up(cls, total: Decimal, info: ValidationInfo) -> Decimal:
        if total != sum(part.price for part in info.data["parts"]):
            raise ValueError("the total is not the sum")
        return total


def test_a_field_validator_sees_instances(database: Database) -> None:
    stream = Stream("baskets", path="/", row=Basket, key="id")
    ensure_tables(database, Target("probe", stream, "f"))
    parts = '[{"name":"a","price":1.5},{"name":"b","price":2}]'

    counts = load(
        database, stream, f'[{{"id":1,"parts":{parts},"total":3.5}},{{"id":2,"parts":{parts},"total":3}}]'.encode()
    )

    assert (counts.loaded, counts.quarantined) == (1, 1)
    assert database.one("select parts->0->>'name', parts->1->>'price' from probe.baskets") == ("b", "1.5")
