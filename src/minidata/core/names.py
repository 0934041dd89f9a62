"""
The names that become schemas, tables and paths: one rule, so nothing is ever escaped and nothing can collide.

A name is lower-case ASCII, starts with a letter, and fits into Postgres's 63 bytes. A column has the name of its field,
whatever that is, as long as it can be read and fits.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from inspect import get_annotations

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from minidata.core.errors import ConfigError

MAX_BYTES = 63
# What the name of a table ends in while it is made anew beside the one in use.
REBUILT = "__rebuild"
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_OURS = frozenset({"analytics", "minidata", "minidata_build"})
_POSTGRES = frozenset({"public", "information_schema"})


def checked_name(kind: str, name: str) -> str:
    """Return *name* when it may name a *kind*; raise ConfigError with the rule when not."""
    if name.endswith(REBUILT):
        raise ConfigError(f"{kind} name {name!r} is reserved: a rebuild makes tables of such names")
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


def check_private_names(row: type[BaseModel]) -> None:
    """Raise ConfigError when *row* has what looks like a field, and pydantic sets it aside or passes over it."""
    for name in _passed_over(row):
        raise ConfigError(
            f"{row.__name__}.{name}: a name that begins with _ makes no column",
            hint=f'name the field otherwise and say Field(validation_alias="{name}")',
        )


def _passed_over(row: type[BaseModel]) -> Iterator[str]:
    for name, private in row.__private_attributes__.items():
        if private.default is PydanticUndefined and private.default_factory is None:
            # Python has put the class's name before what begins with two.
            yield name.removeprefix(f"_{row.__name__.lstrip('_')}") if "__" in name else name
    for owner in row.__mro__:
        if not owner.__module__.startswith("pydantic."):
            known = row.__private_attributes__.keys() | row.__class_vars__ | vars(owner).keys()
            yield from (name for name in _annotated(owner) if name.startswith("__") and name not in known)


def _annotated(owner: type) -> Iterable[str]:
    try:
        return get_annotations(owner)
    except NameError:
        # Of a type that is known to the type checker alone.
        return ()
