"""
From a Row's fields to the columns of its table: the one place that knows which type becomes which.

    int → bigint                AwareDatetime → timestamptz     UUID → uuid
    float → double precision    NaiveDatetime → timestamp       bytes → bytea
    Decimal → numeric(p,s)      date → date                     IP address types → inet
    str, Url → text             time → time                     Literal, Enum → their type, and a check
    bool → boolean              timedelta → interval            dict, list, nested model, Any → jsonb

Optional makes a column nullable, everything else is not null.
"""

import types
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from typing import Annotated, Any, Literal, NewType, Union, get_args, get_origin, is_typeddict
from uuid import UUID

from pydantic import (
    AnyUrl,
    AwareDatetime,
    BaseModel,
    IPvAnyAddress,
    IPvAnyInterface,
    IPvAnyNetwork,
    NaiveDatetime,
    RootModel,
)
from pydantic.fields import FieldInfo
from typing_extensions import TypeAliasType

from minidata.core.errors import ConfigError
from minidata.core.fitting.exact_numbers import BIGINT
from minidata.core.marks import OBJECT, RECORD
from minidata.core.names import check_field_names, check_private_names
from minidata.core.rows import Child

# Postgres's own columns, on every table, and ours: no field may be called so.
RESERVED = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid", OBJECT, RECORD})
MAX_COLUMNS = 1600 - 2
MAX_NUMERIC = 1000

_INET: tuple[Any, ...] = (
    *(IPv4Address, IPv6Address, IPv4Interface, IPv6Interface, IPv4Network, IPv6Network),
    *(IPvAnyAddress, IPvAnyInterface, IPvAnyNetwork),
)
# Looked up along the class's ancestry, so bool comes before int and datetime before date by themselves.
_SCALARS: Mapping[type, str] = {
    bool: "boolean",
    int: "bigint",
    float: "double precision",
    str: "text",
    datetime: "timestamptz",
    AwareDatetime: "timestamptz",
    NaiveDatetime: "timestamp",
    date: "date",
    time: "time",
    timedelta: "interval",
    UUID: "uuid",
    bytes: "bytea",
    AnyUrl: "text",
    Decimal: "numeric",
    **dict.fromkeys(_INET, "inet"),
}
_DOCUMENTS = (Mapping, Sequence, AbstractSet, BaseModel)


@dataclass(frozen=True, slots=True)
class Column:
    """
    One column: its name, Postgres type, and what it may hold.

    *allowed* are the values a Literal or an Enum names, empty for any. *comment* is the field's description.
    """

    name: str
    type: str
    nullable: bool
    allowed: tuple[str | int, ...] = ()
    comment: str = ""


@cache
def columns_of(row: type[BaseModel]) -> tuple[Column, ...]:
    """
    Return the columns of *row*, in the order of its fields, without those that are tables of their own.

    Raises ConfigError for a field that cannot be one.
    """
    fields = row.model_fields
    if not fields:
        raise ConfigError(f"{row.__name__} has no fields")
    if len(fields) > MAX_COLUMNS:
        raise ConfigError(f"{row.__name__} has {len(fields)} fields, a table holds {MAX_COLUMNS}")
    check_field_names(row.__name__, fields, RESERVED)
    check_private_names(row)
    return tuple(_column(row, name, field) for name, field in fields.items() if not _child(field))


@cache
def children_of(row: type[BaseModel]) -> tuple[tuple[str, type[BaseModel], str], ...]:
    """
    Return the fields of *row* that are tables of their own: each one's name, the model of its items, the table's name.

    The table's name is "" where the field does not say it. Raises ConfigError where the items are no models.
    """
    return tuple(
        (name, _model_of_items(row, name, field), child.table)
        for name, field in row.model_fields.items()
        if (child := _child(field))
    )


def _child(field: FieldInfo) -> Child | None:
    return next((item for item in field.metadata if isinstance(item, Child)), None)


def _model_of_items(row: type[BaseModel], name: str, field: FieldInfo) -> type[BaseModel]:
    kind = _Shape([]).peel(field.annotation)
    item = _Shape([]).peel(next(iter(get_args(kind)), None))
    if get_origin(kind) is not list or not (isinstance(item, type) and issubclass(item, BaseModel)):
        raise ConfigError(
            f"{row.__name__}.{name}: a table of its own needs a list of models",
            hint="for example Annotated[list[Item], Child()], where Item is a BaseModel; any other list is jsonb",
        )
    return item


def _column(row: type[BaseModel], name: str, field: FieldInfo) -> Column:
    shape = _Shape(metadata=list(field.metadata))
    try:
        kind = shape.peel(field.annotation)
        sql = _sql_type(kind, shape)
        allowed = _allowed(kind)
    except TypeError as exc:
        raise ConfigError(
            f"{row.__name__}.{name}: {exc}",
            hint="use one of the types in docs/loading.md, or Any to keep it as jsonb",
        ) from None
    return Column(name, sql, shape.nullable, allowed, field.description or "")


class _Shape:
    """What lies around a type: whether None is allowed, and the constraints on it."""

    def __init__(self, metadata: list[Any]) -> None:
        self.metadata = metadata
        self.nullable = False

    def peel(self, annotation: Any) -> Any:
        """Return the type inside Annotated, Optional, aliases and NewTypes, noting what was around it."""
        if isinstance(annotation, TypeAliasType | NewType):
            inner = annotation.__value__ if isinstance(annotation, TypeAliasType) else annotation.__supertype__
            return self.peel(inner)
        if get_origin(annotation) is Annotated:
            inner, *metadata = get_args(annotation)
            self.metadata += metadata
            return self.peel(inner)
        if get_origin(annotation) in {Union, types.UnionType}:
            return self._peel_union(get_args(annotation))
        return annotation

    def _peel_union(self, members: tuple[Any, ...]) -> Any:
        rest = [member for member in members if member is not types.NoneType]
        self.nullable = len(rest) < len(members)
        if len(rest) == 1:
            return self.peel(rest[0])
        if all(_is_document(_Shape([]).peel(member)) for member in rest):
            return dict
        raise TypeError("a union of types is no column type")

    def constraint(self, name: str) -> Any:
        """Return the value of the constraint *name*, for example max_digits; None when there is none."""
        for item in self.metadata:
            for holder in (item, *getattr(item, "metadata", ())):
                value = getattr(holder, name, None)
                if value is not None:
                    return value
        return None


def _sql_type(kind: Any, shape: _Shape) -> str:
    if kind is Any:
        shape.nullable = True
        return "jsonb"
    if get_origin(kind) is Literal or (isinstance(kind, type) and issubclass(kind, Enum)):
        return _sql_type_of_values(_allowed(kind))
    if _is_document(kind):
        return "jsonb"
    for ancestor in getattr(kind, "__mro__", ()):
        if ancestor in _SCALARS:
            return _numeric(shape) if ancestor is Decimal else _SCALARS[ancestor]
    raise TypeError(f"{getattr(kind, '__name__', kind)} has no column type")


def _sql_type_of_values(values: tuple[str | int, ...]) -> str:
    kinds = {type(value) for value in values}
    if kinds == {str}:
        if not all(_is_text(str(value)) for value in values):
            raise TypeError("a value that Postgres cannot store: it holds a NUL, or half of a surrogate pair")
        return "text"
    if kinds == {int}:
        if not all(BIGINT[0] <= int(value) <= BIGINT[1] for value in values):
            raise TypeError("a value is outside of bigint")
        return "bigint"
    raise TypeError("the values must be all text or all whole numbers")


def _is_text(value: str) -> bool:
    return "\0" not in value and value.encode(errors="ignore").decode() == value


def _allowed(kind: Any) -> tuple[str | int, ...]:
    if get_origin(kind) is Literal:
        return tuple(v.value if isinstance(v, Enum) else v for v in get_args(kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return tuple(member.value for member in kind)
    return ()


def _is_document(kind: Any) -> bool:
    if kind is Any or is_typeddict(kind):
        return True
    origin = get_origin(kind) or kind
    if not isinstance(origin, type) or issubclass(origin, str | bytes | RootModel):
        return False
    return issubclass(origin, _DOCUMENTS)


def _numeric(shape: _Shape) -> str:
    digits, places = shape.constraint("max_digits"), shape.constraint("decimal_places")
    if digits is None or places is None:
        return "numeric"
    if not (1 <= digits <= MAX_NUMERIC and 0 <= places <= digits):
        raise TypeError(f"max_digits must be between 1 and {MAX_NUMERIC}, and decimal_places no more than that")
    return f"numeric({digits},{places})"
