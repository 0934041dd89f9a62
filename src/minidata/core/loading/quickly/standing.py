"""
Values that stand in a body as they stand in a line of COPY: nothing needs to be read, checked and written.

Each pattern matches only what the tightened schema takes, and what the plain way writes with the very same characters,
but for what its `Write` does. Where no pattern can say that, there is none: cells.py knows another way.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from minidata.core.bodies.payload import parse
from minidata.core.fitting import exact_texts
from minidata.core.fitting.exact_numbers import BIGINT, decimal_or_text, exact_decimal, exact_float
from minidata.core.loading.encoding import MAX_DOCUMENT, NULL, escaped
from minidata.core.loading.quickly.patterns import LETTERS, number

Schema = Mapping[str, Any]
# From the matches of a column (None: null) to its texts.
Write = Callable[[list[Any]], list[str]]


class Standing(NamedTuple):
    """A *pattern* with one group for what stands, and what is still to be done with its matches."""

    pattern: str
    write: Write


# What a schema may say that is no constraint.
_SAID = frozenset({"type", "strict", "metadata", "ref", "allow_inf_nan", "tz_constraint", "microseconds_precision"})
_WORD = re.compile(r"[A-Za-z0-9_ .:/+-]*\Z")

# A 29th of February that begins a century is left to who can count.
_LEAP_DAY = "29(?<=(?:[02468][048]|[13579][26])-02-29)(?<!00-02-29)"
_DAY = (
    r"[12][0-9]{3}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    rf"|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]|{_LEAP_DAY}))"
)
_SECOND = rf"{_DAY}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_MICROSECOND = rf"{_SECOND}(?:\.(?!000000)[0-9]{{6}})?+"
_OFFSET = r"(?:Z|(?!-00:00)[-+](?:0[0-9]|1[0-5]):[0-5][0-9])"


def standing(schema: Schema, column: str, samples: Sequence[Any]) -> Standing | None:
    """Return how values like *samples* (none of them None) stand for a *column* of this type; None if they do not."""
    look = _LOOKS.get((column.partition("(")[0], schema["type"]))
    return look(schema, samples[0]) if look and samples else None


def constraints(schema: Schema) -> dict[str, Any]:
    """Return what *schema* says besides its type."""
    return {name: value for name, value in schema.items() if name not in _SAID}


def integer(schema: Schema) -> str | None:
    """Return the pattern of whole numbers that *schema* takes, those of up to 18 digits."""
    bounds = constraints(schema)
    low, high = bounds.pop("ge", BIGINT[0]), bounds.pop("le", BIGINT[1])
    if bounds or high != BIGINT[1]:
        return None
    return {BIGINT[0]: "-?[1-9][0-9]{0,17}+|0", 0: "[1-9][0-9]{0,17}+|0", 1: "[1-9][0-9]{0,17}+"}.get(low)


def decimal(schema: Schema) -> str | None:
    """Return the pattern of numbers that *schema*, of a Decimal, takes, those with a few digits."""
    function, bounds = schema["function"]["function"], constraints(schema["schema"])
    if function is not decimal_or_text and function is not exact_decimal:
        return None
    digits, places, low = (bounds.pop(name, None) for name in ("max_digits", "decimal_places", "ge"))
    if bounds or low not in {None, 0} or (digits is None) != (places is None):
        return None
    whole = 18 if digits is None else min(18, digits - places)
    return number(whole, 6 if places is None else min(6, places), signed=low is None) if whole > 0 else None


def words(schema: Schema) -> str:
    """Return the pattern of the texts that *schema*, of a Literal, names; "" when they are not as plain as most are."""
    named = _tightened_literal(schema).get("expected", [1])
    plain = all(type(word) is str and _WORD.match(word) for word in named)
    return "|".join(map(re.escape, named)) if plain else ""


def _tightened_literal(schema: Schema) -> Schema:
    """Return what tightening put its own function before, if it did."""
    ours = "function" in schema and getattr(schema["function"]["function"], "__module__", "") == exact_texts.__name__
    return schema["schema"] if ours else schema


def _text(schema: Schema, _: Any) -> Standing | None:
    return None if constraints(schema) else Standing(f'"({LETTERS})"', _texts)


def _word(schema: Schema, _: Any) -> Standing | None:
    found = words(schema)
    return Standing(f'"({found})"', _as_they_are) if found else None


def _integer(schema: Schema, _: Any) -> Standing | None:
    found = integer(schema)
    return Standing(f"({found})", _as_they_are) if found else None


def _decimal(schema: Schema, sample: Any) -> Standing | None:
    found = decimal(schema)
    if not found:
        return None
    return Standing(f'"({found})"' if type(sample) is str else f"({found})", _as_they_are)


def _float(schema: Schema, _: Any) -> Standing | None:
    plain = schema["function"]["function"] is exact_float and not constraints(schema["schema"])
    return Standing(f"({number(9, 6)})", _floats) if plain else None


def _bool(schema: Schema, _: Any) -> Standing | None:
    return None if constraints(schema) else Standing("([tf])(?:(?<=t)rue|(?<=f)alse)", _as_they_are)


def _uuid(schema: Schema, _: Any) -> Standing | None:
    found = '"([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})"'
    return None if constraints(schema) else Standing(found, _as_they_are)


# Of times tightening makes unions, of a text and an instance.


def _instant(schema: Schema, sample: Any) -> Standing | None:
    return _time(schema, sample, Standing(f'"({_MICROSECOND}{_OFFSET})"', _instants)) or _time(
        # As JavaScript writes it.
        schema,
        sample,
        Standing(rf'"({_SECOND}\.[0-9]{{3}}Z)"', _milliseconds),
    )


def _datetime(schema: Schema, sample: Any) -> Standing | None:
    return _time(schema, sample, Standing(f'"({_MICROSECOND})"', _as_they_are))


def _date(schema: Schema, sample: Any) -> Standing | None:
    return _time(schema, sample, Standing(f'"({_DAY})"', _as_they_are))


def _time(schema: Schema, sample: Any, way: Standing) -> Standing | None:
    tightened = str(schema.get("custom_error_type")).startswith("bad_") and not constraints(schema["choices"][-1])
    return way if tightened and re.fullmatch(way.pattern, f'"{sample}"') else None


# What is still to be done.


def _as_they_are(cells: list[Any]) -> list[str]:
    return [NULL if cell is None else cell for cell in cells] if None in cells else cells


def _texts(cells: list[Any]) -> list[str]:
    cells = _as_they_are(cells)
    if "\\" not in "".join(cells):
        return cells
    places = [place for place, cell in enumerate(cells) if "\\" in cell and cell is not NULL]
    read = parse(f"""[{",".join([f'"{cells[place]}"' for place in places])}]""".encode())
    texts = cells.copy()
    for place, text in zip(places, escaped(read), strict=True):
        texts[place] = text
    return texts


def documents(cells: list[Any]) -> list[str]:
    """
    Return *cells* as texts: of JSON nothing but the backslashes is written in another way.

    Raises ValueError for one that Postgres has no room for.
    """
    texts = _as_they_are(cells)
    if max(map(len, texts), default=0) > MAX_DOCUMENT:
        raise ValueError("a document that is too large")
    return escaped(texts)


def _floats(cells: list[Any]) -> list[str]:
    return [NULL if cell is None else repr(float(cell)) for cell in cells]


def _instants(cells: list[Any]) -> list[str]:
    return "\t".join(_as_they_are(cells)).replace("Z", "+00:00").split("\t")


def _milliseconds(cells: list[Any]) -> list[str]:
    joined = "\t".join(_as_they_are(cells)).replace("Z", "000+00:00")
    return joined.replace(".000000+00:00", "+00:00").split("\t")


# By the type of a column and of its schema.
_LOOKS: Mapping[tuple[str, str], Callable[[Schema, Any], Standing | None]] = {
    ("text", "str"): _text,
    ("text", "literal"): _word,
    ("text", "function-before"): _word,
    ("bigint", "int"): _integer,
    ("numeric", "function-before"): _decimal,
    ("double precision", "function-before"): _float,
    ("boolean", "bool"): _bool,
    ("uuid", "uuid"): _uuid,
    ("timestamptz", "union"): _instant,
    ("timestamp", "union"): _datetime,
    ("date", "union"): _date,
}
