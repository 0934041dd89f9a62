"""
What a template is given from outside: variables and the environment, none of which can break out of its place.

A string from outside is written into SQL as it is only when it holds nothing that could end a quote, a comment or an
expression: letters, digits, and between them ``_ . : + @ / -``. Anything else is refused, with the way to write it:
``{{ var('x') | literal }}`` is a quoted literal whatever is in it. Numbers and booleans are always safe.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from minidata.core.errors import ConfigError, UnknownName

Scalar = str | int | float | bool
# For no default, since None may be one.
NOTHING: Any = object()

# An author may have written quotes around it, or a minus before it: it must not end the ones nor make the other a
# comment.
_PLAIN = re.compile(r"[A-Za-z0-9_](?:[.:+@/-]?[A-Za-z0-9_])*\Z")
_SECRETIVE = re.compile(r"(?i)key|token|secret|passw|pwd|credential|^minidata_")
_ASKED = re.compile(r"""\benv_var\(\s*(['"])(\w+)\1""")


class Given:
    """
    A string from outside. Compares like the string; becomes text only when that is safe.

    No str itself, so that no filter and no concatenation gets at the string past the check: the sandbox keeps
    templates from what begins with an underscore.
    """

    def __init__(self, call: str, value: str) -> None:
        self._call = call
        self._value = value

    def __str__(self) -> str:
        if not _PLAIN.match(self._value):
            raise ConfigError(
                f"the value of {self._call} is not plain enough to stand in SQL as it is",
                hint=f"write {{{{ {self._call} | literal }}}}, without quotes around it",
            )
        return self._value

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        return self._value == (other._value if isinstance(other, Given) else other)

    def __hash__(self) -> int:
        return hash(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __int__(self) -> int:
        return int(self._value)

    def __float__(self) -> float:
        return float(self._value)

    def literal(self) -> str:
        """Return the string as a literal of SQL."""
        return literal(self._value)


def literal(value: Any) -> str:
    """
    Return *value* as a literal of SQL; a list as literals with commas between.

    A string becomes a quoted literal without a type, which Postgres reads as what its place asks for. Raises
    ConfigError for what has no literal.
    """
    if isinstance(value, list | tuple):
        return ", ".join(literal(one) for one in value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | Decimal) or (isinstance(value, float) and math.isfinite(value)):
        return str(value)
    if isinstance(value, Given):
        return value.literal()
    if not isinstance(value, str) or "\0" in value:
        raise ConfigError(f"a {type(value).__name__} has no literal in SQL")
    # Safe since every session of ours has standard_conforming_strings on.
    return "'" + value.replace("'", "''") + "'"


@dataclass(frozen=True)
class Outside:
    """
    What a project's SQL is given.

    *variables* come from whoever runs it, *environ* is the process's environment; *written* are variables that the
    project's own files say, which its author answers for. *target* says what is built where, *run* and *started_at*
    which run this is; *tell* takes what templates have to say to people.
    """

    variables: Mapping[str, Scalar]
    environ: Mapping[str, str]
    written: Mapping[str, Any] = field(default_factory=dict)
    project: str = "project"
    target: Mapping[str, Any] = field(default_factory=dict)
    run: str = ""
    started_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    full_refresh: bool = False
    tell: Callable[[str], None] = field(default=lambda _: None, compare=False)

    def var(self, name: str, default: Any = NOTHING) -> Any:
        """Return the variable's value, or *default*. Raises UnknownName when there is neither."""
        if name in self.variables:
            value = self.variables[name]
            return _given(f"var('{name}')", value) if isinstance(value, str) else value
        value = self.written.get(name, default)
        if value is NOTHING:
            known = {**self.written, **self.variables}
            raise UnknownName("variable", name, known, hint=f"give it a value: --var {name}=…")
        return value

    def env_var(self, name: str, default: Any = None) -> Any:
        """Return a variable of the environment, or *default*. Raises ConfigError for one that looks like a secret."""
        if _SECRETIVE.search(name):
            raise ConfigError(f"env_var({name!r}) may be a secret", hint="secrets have no place in SQL; use a var")
        value = self.environ.get(name)
        if value is None and default is None:
            raise ConfigError(f"the environment has no {name}", hint="give env_var a default, as its second argument")
        return default if value is None else _given(f"env_var('{name}')", value)


def _given(call: str, value: str) -> "str | Given":
    """Return a string from outside: one that can do no harm as it is."""
    return value if _PLAIN.match(value) else Given(call, value)


def asked_of_environment(text: str) -> Iterator[str]:
    """Yield the names of the variables that the template *text* asks the environment for, and may ask for."""
    yield from (name for _, name in _ASKED.findall(text) if not _SECRETIVE.search(name))
