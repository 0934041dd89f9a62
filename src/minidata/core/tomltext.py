"""Values as TOML: just what settings are made of, scalars and tables of them."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")


def toml(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """Return *tables*, each of scalars or of further tables of scalars, as a TOML file. What is None is left out."""
    return "".join(f"{line}\n" for name, table in tables.items() for line in _lines((name,), table))


def _lines(path: tuple[str, ...], table: Mapping[str, Any]) -> Iterator[str]:
    yield f"[{'.'.join(map(_key, path))}]"
    for key, value in table.items():
        if value is not None and not isinstance(value, Mapping):
            yield f"{_key(key)} = {_scalar(value)}"
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _lines((*path, key), value)


def _key(name: str) -> str:
    return name if _BARE.match(name) else _string(name)


def _scalar(value: str | float) -> str:
    if isinstance(value, str):
        return _string(value)
    # Python spells numbers, inf and nan as TOML does.
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _string(text: str) -> str:
    """A string of JSON is one of TOML, but for the one control character that JSON lets stand."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
