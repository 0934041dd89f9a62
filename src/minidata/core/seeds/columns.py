"""
What type a seed's column has, and how its cells are spelled for Postgres: what dbt with Postgres makes of them.

Of a number, a date, a moment, a truth and a text, a column is the first that all its cells are. A cell that is empty,
or says null, is null.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal, DecimalException, getcontext
from typing import TypeVar

from minidata.core.seeds.instants import read_date, read_iso_time, read_time

_NULLS = frozenset({"", "null"})
_PLAIN_NUMBER = re.compile(r"-?[0-9]{1,14}(?:\.[0-9]{1,14})?")
# Signs that a number may carry, in the order in which they are taken off it.
_CURRENCIES = "؋$ƒ៛¥₡₱£€¢﷼₪₩₭₮₦฿₤₫"
_INTEGERS: Mapping[str, int] = {"integer": 2**31, "bigint": 2**63}

Cells = Sequence[str | None]
Spelled = Mapping[str, str | None]
Value = TypeVar("Value")


def typed(cells: Cells) -> tuple[str, list[str | None]]:
    """Return the type of a column with these *cells*, None for one that its line does not have, and their spelling."""
    present = {cell for cell in cells if cell is not None}
    if not present:
        return "integer", [None] * len(cells)
    for read in _READERS:
        found = read(present)
        if found:
            kind, spelled = found
            return kind, [None if cell is None else spelled[cell] for cell in cells]
    return "text", as_texts(cells)


def as_texts(cells: Cells) -> list[str | None]:
    """Return the cells as they are, for a type that Postgres shall read them as."""
    return [None if cell is None or cell.strip().lower() in _NULLS else cell for cell in cells]


def _numbers(cells: Collection[str]) -> tuple[str, Spelled] | None:
    values = _each(cells, _number)
    if values is None:
        return None
    present = [value for value in values.values() if value is not None]
    finite = [value for value in present if value.is_finite()]
    if len(finite) < len(present) or _decimal_places(finite):
        return "float8", {cell: None if value is None else _spelled(value) for cell, value in values.items()}
    highest = max((value + 1 if value >= 0 else -value for value in finite), default=Decimal(0))
    # dbt says integer whatever they are, and fails.
    kind = next((name for name, limit in _INTEGERS.items() if highest <= limit), "numeric")
    return kind, {cell: None if value is None else str(int(value)) for cell, value in values.items()}


def _number(text: str) -> Decimal:
    if _PLAIN_NUMBER.fullmatch(text):
        return Decimal(text)
    digits = text.strip("%")
    sign = Decimal(-1 if digits.startswith("-") else 1)
    digits = digits.removeprefix("-")
    for currency in _CURRENCIES:
        digits = digits.strip(currency)
    try:
        # Multiplied, so that it is as exact as dbt is: 28 digits.
        return Decimal(digits.replace(",", "")) * sign
    except DecimalException:
        raise ValueError(text) from None


def _decimal_places(values: Collection[Decimal]) -> int:
    """Return how many decimal places the *values* have, less where whole ones leave no room for them: as agate does."""
    whole, places = 1, 0
    for value in values:
        _, digits, exponent = value.normalize().as_tuple()
        whole = max(whole, len(digits) + int(exponent))
        places = max(places, -int(exponent))
    precision = getcontext().prec
    return precision - whole if whole + places > precision else places


def _spelled(value: Decimal) -> str:
    if value.is_nan():
        return "NaN"
    # SQL has no -0.
    return str(value) if value else "0"


def _dates(cells: Collection[str]) -> tuple[str, Spelled] | None:
    return _spelled_in_iso("date", _each(cells, read_date))


def _times(cells: Collection[str]) -> tuple[str, Spelled] | None:
    return _spelled_in_iso("timestamp without time zone", _each(cells, read_time))


def _iso_times(cells: Collection[str]) -> tuple[str, Spelled] | None:
    return _spelled_in_iso("timestamp without time zone", _each(cells, read_iso_time))


def _spelled_in_iso(kind: str, values: Mapping[str, date | None] | None) -> tuple[str, Spelled] | None:
    if values is None:
        return None
    return kind, {cell: None if value is None else value.isoformat() for cell, value in values.items()}


def _truths(cells: Collection[str]) -> tuple[str, Spelled] | None:
    spelled: dict[str, str | None] = {}
    for cell in cells:
        word = cell.replace(",", "").strip().lower()
        if word in {"true", "false"}:
            spelled[cell] = word
        elif word in _NULLS:
            spelled[cell] = None
        else:
            return None
    return "boolean", spelled


def _each(cells: Collection[str], read: Callable[[str], Value]) -> dict[str, Value | None] | None:
    """Return what *read* makes of each cell that is not null; None when one is not what it reads."""
    values: dict[str, Value | None] = {}
    for cell in cells:
        text = cell.strip()
        if text.lower() in _NULLS:
            values[cell] = None
            continue
        try:
            values[cell] = read(text)
        except ValueError:
            return None
    return values


_READERS = (_numbers, _dates, _times, _iso_times, _truths)
