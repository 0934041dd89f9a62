"""
What the tables of a Row hold beyond what the rules of its fields ask: values that its own code made, rows of any size.

What pydantic has checked fits its column. What a validator or a default of the user's makes is anything at all, and a
COPY that meets it is refused, or worse: takes it for something else.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any
from uuid import UUID

from pydantic import AnyUrl, BaseModel
from pydantic_core import PydanticUndefined

from minidata.core.columns import Column, children_of, columns_of
from minidata.core.errors import ConfigError
from minidata.core.fitting.exact_numbers import BIGINT, what_numeric_refuses
from minidata.core.fitting.row_sizes import Sizes, sizes_of

# What every double can be told of exactly.
_WHOLE_DOUBLES = 2**53
_MAX_OFFSET = timedelta(hours=16)


@dataclass(frozen=True)
class Holding:
    """
    What the tables of a Row hold, beyond what its rules ask.

    *columns* are those that code of the user's may have put anything into, *children* the tables in its fields.
    """

    columns: tuple[Column, ...]
    sizes: Sizes | None
    children: tuple[tuple[str, "Holding"], ...]

    @classmethod
    def of(cls, row: type[BaseModel], *, made: bool) -> "Holding | None":
        """Return what to ask of the rows of *row*, None for nothing; *made* says that it has code of its own."""
        columns = columns_of(row)
        children = tuple(
            (name, held) for name, child, _ in children_of(row) if (held := cls.of(child, made=made)) is not None
        )
        held = cls(columns if made else (), sizes_of(columns), children)
        return held if held.columns or held.sizes or held.children else None

    def refusal(self, row: Mapping[str, Any]) -> tuple[str, str, str, str] | None:
        """Return why the tables do not hold *row*: code, JSON pointer, message and detail; None when they do."""
        for column in self.columns:
            if not holds(column, row[column.name]):
                message = f"a validator, default or conversion of the Row made what {column.type} does not hold"
                return "VALIDATOR_ERROR", f"/{column.name}", message, "misfit"
        if self.sizes and self.sizes.too_big(row):
            return "ROW_TOO_BIG", "", "more columns with something in them than a row of Postgres has room for", "size"
        return next(filter(None, self._refusals(row)), None)

    def _refusals(self, row: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str] | None]:
        for name, held in self.children:
            for place, item in enumerate(row[name] or ()):
                refusal = held.refusal(item if isinstance(item, dict) else vars(item))
                if refusal:
                    code, pointer, message, detail = refusal
                    yield code, f"/{name}/{place}{pointer}", message, detail


def check_defaults(row: type[BaseModel]) -> None:
    """Raise ConfigError when a field of *row* has a default that its column does not hold."""
    for column in columns_of(row):
        default = row.model_fields[column.name].default
        if default is not PydanticUndefined and not holds(column, default):
            raise ConfigError(
                f"{row.__name__}.{column.name}: its default is not what {column.type} holds",
                hint="give a default of the field's own type, or say `| None` when it may be missing",
            )


def holds(column: Column, value: Any) -> bool:
    """Return whether *column* holds *value* as it is; of documents and of what texts hold, the encoder says more."""
    if value is None:
        return column.nullable
    if isinstance(value, Enum):
        value = value.value
    if column.allowed and value not in column.allowed:
        return False
    kind, _, size = column.type.partition("(")
    return _HOLDERS[kind](value) and (not size or _fits(value, *map(int, size.rstrip(")").split(","))))


def _is(*kinds: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kinds)


def _bigint(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and BIGINT[0] <= value <= BIGINT[1]


def _double(value: Any) -> bool:
    return type(value) is float or (type(value) is int and abs(value) <= _WHOLE_DOUBLES)


def _numeric(value: Any) -> bool:
    return type(value) in {Decimal, int} and what_numeric_refuses(value) is None


def _fits(value: Decimal | int, digits: int, places: int) -> bool:
    number = Decimal(value)
    return not number or (number.adjusted() < digits - places and number == round(number, places))


def _instant(value: Any) -> bool:
    if not isinstance(value, datetime) or value.tzinfo is None:
        return False
    offset = value.utcoffset()
    if offset is None or abs(offset) >= _MAX_OFFSET or offset.microseconds:
        return False
    try:
        value.astimezone(UTC)
    except OverflowError:
        return False
    return True


def _local(value: Any) -> bool:
    return isinstance(value, datetime) and value.tzinfo is None


def _day(value: Any) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _clock(value: Any) -> bool:
    return isinstance(value, time) and value.tzinfo is None


def _inet(value: Any) -> bool:
    if not isinstance(value, IPv4Address | IPv4Network | IPv6Address | IPv6Network):
        return False
    address = value.network_address if isinstance(value, IPv4Network | IPv6Network) else value
    return getattr(address, "scope_id", None) is None


_HOLDERS: Mapping[str, Callable[[Any], bool]] = {
    "bigint": _bigint,
    "double precision": _double,
    "numeric": _numeric,
    "text": _is(str, AnyUrl),
    "boolean": _is(bool),
    "timestamptz": _instant,
    "timestamp": _local,
    "date": _day,
    "time": _clock,
    "interval": _is(timedelta),
    "uuid": _is(UUID),
    "bytea": _is(bytes),
    "inet": _inet,
    "jsonb": _is(object),
}
