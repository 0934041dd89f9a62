"""What a text may mean besides itself, by the very rules that a Load checks records with."""

import re
from datetime import date
from functools import cache
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, NaiveDatetime, TypeAdapter, ValidationError
from pydantic_core import SchemaValidator

from minidata.core.fitting.tightening import tightened

Meaning = Literal["instant", "datetime", "date", "uuid", "decimal"]

_LONGEST = 40
_TYPES: dict[Meaning, Any] = {"instant": AwareDatetime, "datetime": NaiveDatetime, "date": date, "uuid": UUID}
# A first look, which saves asking the rules about most texts. A UUID without its hyphens may as well be a digest.
_LOOKS: dict[Meaning, re.Pattern[str]] = {
    "instant": re.compile(r"\d{4}-\d\d-\d\d[Tt ].*([Zz]|[+-]\d\d:?\d\d)\Z"),
    "datetime": re.compile(r"\d{4}-\d\d-\d\d[Tt ][\d:.,]*\Z"),
    "date": re.compile(r"\d{4}-\d\d-\d\d\Z"),
    "uuid": re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\Z"),
}
_DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+\Z")


def meanings(text: str) -> frozenset[Meaning]:
    """Return all that *text* may mean; nothing for one that is just text."""
    if len(text) > _LONGEST or not text.isascii():
        return frozenset()
    found: set[Meaning] = {meaning for meaning, look in _LOOKS.items() if look.match(text) and _fits(meaning, text)}
    return frozenset(found | {"decimal"}) if _DECIMAL.match(text) else frozenset(found)


def _fits(meaning: Meaning, text: str) -> bool:
    try:
        _rule(meaning).validate_python(text)
    except ValidationError:
        return False
    return True


@cache
def _rule(meaning: Meaning) -> SchemaValidator:
    schema: Any = tightened(TypeAdapter(_TYPES[meaning]).core_schema)
    return SchemaValidator(schema)
