"""
What a template is given from outside: variables and the environment, none of which can break out of its place.

A string from outside is written into SQL as it is only when it holds nothing that could end a quote, a comment or an
expression: letters, digits, and between them ``_ . : + @ / -``. Anything else is refused, with the way to write it:
``{{ var('x') | literal }}`` is a quoted literal whatever is in it. Numbers and booleans are always safe.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from minidata.core.errors import ConfigError, UnknownName

Scalar = str | int | float | bool

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
    """*variables* by name, the stronger ones put over the weaker; *environ* is the process's environment."""

    variables: Mapping[str, Scalar]
    environ: Mapping[str, str]

    def var(self, name: str, default: Any = None) -> Any:
        """Return the variable's value, or *default*. Raises UnknownName when there is neither."""
        value = self.variables.get(name, default)
        if value is None:
            raise UnknownName("variable", name, self.variables, hint=f"give it a value: --var {name}=…")
        return Given(f"var('{name}')", value) if name in self.variables and isinstance(value, str) else value

    def env_var(self, name: str, default: Any = None) -> Any:
        """Return a variable of the environment, or *default*. Raises ConfigError for one that looks like a secret."""
        if _SECRETIVE.search(name):
            raise ConfigError(f"env_var({name!r}) may be a secret", hint="secrets have no place in SQL; use a var")
        value = self.environ.get(name)
        if value is None and default is None:
            raise ConfigError(f"the environment has no {name}", hint="give env_var a default, as its second argument")
        return default if value is None else Given(f"env_var('{name}')", value)


def asked_of_environment(text: str) -> Iterator[str]:
    """Yield the names of the variables that the template *text* asks the environment for, and may ask for."""
    yield from (name for _, name in _ASKED.findall(text) if not _SECRETIVE.search(name))
