"""
The names that become schemas, tables and paths: one rule, so nothing is ever escaped and nothing can collide.

A name is lower-case ASCII, starts with a letter, and fits into Postgres's 63 bytes.
"""

import re

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
