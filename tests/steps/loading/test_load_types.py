"""load, type by type: what validation takes, COPY takes, and SELECT gives back; all else has its code."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from ipaddress import ip_address
from itertools import count
from typing import Annotated, Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, RootModel, create_model

from column_types import KINDS, exactly
from loading import put_run, rows
from minidata.adapters.project import Project
from minidata.core.columns import columns_of
from minidata.core.rows import Row
from minidata.core.source import Source, Stream
from minidata.steps.load import load
from minidata.steps.up import up

pytestmark = pytest.mark.every_postgres


@pytest.fixture
def project(project: Project) -> Project:
    up(project)
    return project


def row_of(fields: Mapping[str, Any], *, strict: bool = True) -> type[Row]:
    """A Row with an *id*, and with *fields* that may all be missing, by their types."""

    class Base(Row):
        model_config = ConfigDict(strict=strict)

    found: dict[str, Any] = {"id": (int, ...), **{name: (kind | None, None) for name, kind in fields.items()}}
    row: type[Row] = create_model("Probe", __base__=Base, **found)
    return row


NUMBERS_OF_STREAMS = count()


def loaded(
    project: Project, row: type[Row], records: Sequence[Mapping[str, str]]
) -> tuple[dict[int, dict[str, Any]], dict[int, list[str]]]:
    """
    Load *records*, whose fields are JSON literals, numbered from 0, as a Stream of their own.

    Return the rows and the codes of what is quarantined, both by these numbers.
    """
    name = f"types{next(NUMBERS_OF_STREAMS)}"
    texts = [
        "{" + ",".join([f'"id":{number}', *(f"{json.dumps(key)}:{literal}" for key, literal in record.items())]) + "}"
        for number, record in enumerate(records)
    ]
    put_run(project, f"probe.{name}", [f"[{','.join(texts)}]".encode()])
    done = load(project, {"probe": Source("probe", "http://127.0.0.1:1", [Stream(name, "/", row)])})
    columns = columns_of(row)
    fields = ", ".join(f'"{column.name}"::text' if column.type == "jsonb" else f'"{column.name}"' for column in columns)
    held = {
        found[0]: {
            column.name: exactly(value) if column.type == "jsonb" and value is not None else value
            for column, value in zip(columns, found, strict=True)
        }
        for found in rows(project, f"select {fields} from probe.{name}")
    }
    codes: dict[int, list[str]] = {}
    for number, code in rows(project, QUARANTINED, name):
        codes.setdefault(number, []).append(code)
    assert done.counts.fetched == len(records) == len(held) + len(codes)
    return held, codes


QUARANTINED = """
select q.record, q.code from minidata.quarantine q join minidata.object o on o.id = q.object
where o.stream = %s order by q.id
"""


def test_at_the_borders_of_every_type_nothing_is_lost_or_altered(project: Project) -> None:
    takes = [(name, literal) for name, kind in KINDS.items() for literal in kind.takes]
    refuses = [(name, literal, code) for name, kind in KINDS.items() for literal, code in kind.refuses.items()]

    held, codes = loaded(
        project,
        row_of({name: kind.type for name, kind in KINDS.items()}),
        [{name: literal} for name, literal, *_ in (*takes, *((name, literal) for name, literal, _ in refuses))],
    )

    for number, (name, literal) in enumerate(takes):
        assert alike(held[number][name], KINDS[name].meant(exactly(literal))), (name, literal)
    assert {refuses[number - len(takes)]: found for number, found in codes.items()} == {
        refused: [refused[2]] for refused in refuses
    }


def alike(held: Any, meant: Any) -> bool:
    """Whether what Postgres gives back is what was meant; of doubles the sign of zero, too."""
    if isinstance(meant, float):
        return repr(held) == repr(meant)
    # A document's number may come back as 100 where 1e2 was sent.
    numbers = {type(held), type(meant)} == {int, Decimal}
    return (numbers or type(held) is type(meant)) and bool(held == meant)


# What validators return, and conversions make, and defaults are, no rule looks at again.

MADE: list[tuple[Any, str, Sequence[Any], Sequence[Any]]] = [
    (int, "1", (-(2**63), 7), (2**63, "abc", 1.5, True, Decimal(1))),
    (float, "1.5", (3, 1e308), ("x", 10**400, 2**60 + 1, True, Decimal(1))),
    (Decimal, "1", (7, Decimal("1e131071")), (Decimal("NaN"), Decimal("1e131072"), 1.5, "x")),
    (str, '"a"', ("\\N", "\t\\"), (1, b"x", "a\0", "\ud800")),
    (bool, "true", (False,), (1, "t")),
    (date, '"2024-01-01"', (date(1, 1, 1),), (datetime(2024, 1, 1, 5, tzinfo=UTC), "2024-01-01")),
    (time, '"01:00"', (time(23, 59, 59, 999_999),), (time(1, tzinfo=UTC), 5)),
    (timedelta, '"PT1S"', (timedelta.max, timedelta.min, -timedelta(microseconds=1)), (5, "PT1S")),
    (UUID, '"00000000-0000-4000-8000-00000000000a"', (UUID(int=7),), ("x", 7)),
    (bytes, '"a"', (b"\0\\x", b""), ("a", [1])),
    (Any, "1", ({"a": [1]}, 10**999), ("\0", "\ud800", {"a\0": 1}, {"a": object()}, 10**1001, Decimal("NaN"), b"\xff")),
    (
        AwareDatetime,
        '"2024-01-01T00:00:00Z"',
        (datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=5, seconds=7))),),
        (
            datetime(2024, 1, 1),  # noqa: DTZ001 - that it has no zone is what is wrong with it
            datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
            datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=23))),
            date(2024, 1, 1),
        ),
    ),
    (KINDS["ip6"].type, '"::1"', (ip_address("::2"),), (ip_address("fe80::1%1"), "::1")),
    (KINDS["word"].type, '"a"', ("a",), ("c", 1)),
    (KINDS["money"].type, "1.5", (5, Decimal("99.990")), (Decimal("1.005"), Decimal(10**10), 10**10)),
]


def test_what_a_validator_makes_is_held_or_quarantined(project: Project) -> None:
    cases = [
        (kind, literal, value, good)
        for kind, literal, goods, bads in MADE
        for good, values in ((True, goods), (False, bads))
        for value in values
    ]

    held, codes = loaded(
        project,
        row_of(
            {f"c{n}": Annotated[kind, AfterValidator(always(value))] for n, (kind, _, value, _) in enumerate(cases)}
        ),
        [{f"c{n}": literal} for n, (_, literal, _, _) in enumerate(cases)],
    )

    assert sorted(held) == [n for n, (*_, good) in enumerate(cases) if good]
    assert all(held[n][f"c{n}"] == cases[n][2] for n in held)
    assert {code for found in codes.values() for code in found} == {
        *("VALIDATOR_ERROR", "NUL_CHAR", "LONE_SURROGATE", "NUMBER_TOO_LONG", "OUT_OF_RANGE")
    }


def always(value: Any) -> Any:
    """A validator that returns *value*, whatever it is given."""
    return lambda _: value


LAX = [
    ("int", '"12"', 12),
    ("int", "1.0", 1),
    ("int", '"9223372036854775808"', None),
    ("float", '"1.5"', 1.5),
    ("float", '"nan"', None),
    ("bool", '"yes"', True),
    ("instant", "1700000000", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
    ("instant", '"2024-01-01T00:00:00+23:59"', None),
    ("instant", '"0001-01-01T00:00:00+14:00"', None),
    ("instant", '"9999-12-31T23:59:59-14:00"', None),
    ("instant", '"2024-01-01T00:00:00.1234567Z"', None),
    ("time", '"12:00:00+02:00"', None),
    ("date", '"2024-01-01T00:00:00"', date(2024, 1, 1)),
    ("span", "3600", timedelta(hours=1)),
    ("ip6", '"fe80::1%1"', None),
    ("number", "1.0", 1),
    ("decimal", '"NaN"', None),
]


def test_a_row_that_is_not_strict_converts_and_loads_nothing_that_changes(project: Project) -> None:
    held, codes = loaded(
        project,
        row_of({name: kind.type for name, kind in KINDS.items()}, strict=False),
        [{name: literal} for name, literal, _ in LAX],
    )

    assert {n: held[n][LAX[n][0]] for n in held} == {n: value for n, (*_, value) in enumerate(LAX) if value is not None}
    assert sorted(codes) == [n for n, (*_, value) in enumerate(LAX) if value is None]


class Names(RootModel[list[str]]):
    pass


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")

    kind: str


def test_documents_are_kept_as_their_types_say(project: Project) -> None:
    fields = {"inner": list[Names], "open": Open, "tags": set[str], "numbers": frozenset[int]}
    record = {
        "inner": '[["a"],[]]',
        "open": '{"kind":"k","more":1.10,"list":[{"n":1e-7}]}',
        "tags": json.dumps([f"t{n}" for n in reversed(range(20))] * 2),
        "numbers": "[3,1,2,1]",
    }

    held, _ = loaded(project, row_of(fields), [record])

    assert held[0]["inner"] == [["a"], []]
    assert held[0]["open"] == exactly(record["open"])
    # In an order that is the same in every process.
    assert held[0]["tags"] == sorted(f"t{n}" for n in range(20))
    assert held[0]["numbers"] == [1, 2, 3]


CODES = {
    *("MISSING", "WRONG_TYPE", "OUT_OF_RANGE", "PRECISION", "NUL_CHAR", "LONE_SURROGATE", "NUMBER_TOO_LONG"),
    *("NAIVE_TIME", "BAD_TIME"),
}
LITERALS = [literal for kind in KINDS.values() for literal in (*kind.takes, *kind.refuses) if len(literal) < 5000]
NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70).map(str),
    st.integers(-(2**64), 2**64).map(lambda n: f"{n}e-5"),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str),
)
TEXTS = st.one_of(
    st.text(st.characters(exclude_characters="\0")),
    st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-15))])).map(datetime.isoformat),
    st.datetimes().map(datetime.isoformat),
    st.dates().map(date.isoformat),
    st.times().map(time.isoformat),
    st.uuids().map(str),
    st.ip_addresses().map(str),
).map(json.dumps)
MORE = st.recursive(
    NUMBERS | TEXTS | st.sampled_from(LITERALS),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda found: f"[{','.join(found)}]")
        | st.dictionaries(TEXTS, inner, max_size=3).map(
            lambda found: "{" + ",".join(f"{key}:{value}" for key, value in found.items()) + "}"
        )
    ),
    max_leaves=5,
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_is_accepted_comes_back(project: Project, data: st.DataObject) -> None:
    kinds = data.draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=6, unique=True))
    own = {name: st.sampled_from((*KINDS[name].takes, *KINDS[name].refuses)) for name in kinds}
    records = data.draw(
        st.lists(
            st.fixed_dictionaries({}, optional={name: own[name] | MORE for name in kinds}), min_size=5, max_size=60
        )
    )

    held, codes = loaded(project, row_of({name: KINDS[name].type for name in kinds}), records)

    assert {code for found in codes.values() for code in found} <= CODES
    for number, row in held.items():
        for name, literal in records[number].items():
            meant = exactly(literal)
            assert alike(row[name], meant if meant is None else KINDS[name].meant(meant)), (name, literal)
