"""
The names that become schemas, tables and paths: one rule, so nothing is ever escaped and nothing can collide.

A name is lower-case ASCII, starts with a letter, and fits into Postgres's 63 bytes. A column has the name of its field,
whatever that is, as long as it can be read and fits.
"""

import re
from collections.abc import Collection, Iterable, Mapping

from pydantic.fields import ModelPrivateAttr
from pydantic_core import PydanticUndefined

from minidata.core.errors import ConfigError

MAX_BYTES = 63
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_OURS = frozenset({"analytics", "minidata", "minidata_build"})
_POSTGRES = frozenset({"public", "information_schema"})


def checked_name(kind: str, name: str) -> str:
    """Return *name* when it may name a *kind*; raise ConfigError with the rule when not."""
    if _NAME.match(name) and len(name) <= MAX_BYTES:
        return name
    raise ConfigError(
        f"{kind} name {name!r} will not do",
        hint=f"use lower-case letters, digits and _, a letter first, at most {MAX_BYTES} of them",
    )


def checked_schema(kind: str, name: str) -> str:
    """Return *name* when it may name a *kind* and the Postgres schema of that name."""
    if name in _OURS or name in _POSTGRES or name.startswith("pg_"):
        raise ConfigError(f"{kind} name {name!r} is reserved", hint="take another name")
    return checked_name(kind, name)


def check_field_names(row: str, names: Iterable[str], reserved: Collection[str]) -> None:
    """Raise ConfigError when one of the fields *names* of *row* cannot be a column's name."""
    for name in names:
        hint = f'name the field otherwise and say Field(validation_alias="{name}")'
        if name in reserved:
            raise ConfigError(f"{row}.{name}: Postgres or minidata has a column of that name", hint=hint)
        if not name.strip() or not name.isprintable():
            raise ConfigError(f"{row} has a field {name!r}: a column needs a name that can be read", hint=hint)
        if len(name.encode()) > MAX_BYTES:
            raise ConfigError(f"{row}.{name}: a column name holds {MAX_BYTES} bytes", hint=hint)


def check_private_names(row: str, private: Mapping[str, ModelPrivateAttr]) -> None:
    """Raise ConfigError when *private*, which pydantic sets aside, has what looks like a field of *row*."""
    for name, attribute in private.items():
        if attribute.default is PydanticUndefined and attribute.default_factory is None:
            raise ConfigError(
                f"{row}.{name}: a name that begins with _ makes no column",
                hint=f'name the field otherwise and say Field(validation_alias="{name}")',
            )
