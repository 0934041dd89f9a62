"""
Python expressions laid out as formatters lay them out: in one line where that fits, else one part a line.

Lines are kept within 88 characters and what is broken up ends in a comma, so that formatters leave the text alone
whether they allow 88 or 120.
"""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

WIDTH = 88
_STEP = "    "
# Arguments that are told even where they say what would be so anyway.
_TELLING = frozenset({"field", "param"})


@dataclass(frozen=True, slots=True)
class Group:
    """Something in brackets: *opening*, its *parts*, each with a prefix such as ``name=``, and *closing*."""

    opening: str
    parts: tuple[tuple[str, "Expression"], ...]
    closing: str


Expression = str | Group


def laid(expression: Expression, depth: int, before: int, after: int = 0) -> str:
    """Return *expression* as text, *depth* steps deep, with so many characters *before* and *after* it in its line."""
    line = flat(expression)
    if isinstance(expression, str) or before + len(line) + after <= WIDTH:
        return line
    indent = _STEP * (depth + 1)
    parts = "".join(
        f"{indent}{prefix}{laid(part, depth + 1, len(indent) + len(prefix), 1)},\n" for prefix, part in expression.parts
    )
    return f"{expression.opening}\n{parts}{_STEP * depth}{expression.closing}"


def flat(expression: Expression) -> str:
    """Return *expression* in one line."""
    if isinstance(expression, str):
        return expression
    parts = ", ".join(prefix + flat(part) for prefix, part in expression.parts)
    return f"{expression.opening}{parts}{expression.closing}"


def call(name: str, *parts: Expression, **named: Expression) -> Group:
    """Return the call of *name*."""
    every = (*(("", part) for part in parts), *((f"{key}=", value) for key, value in named.items()))
    return Group(f"{name}(", every, ")")


def listed(opening: str, parts: Iterable[Expression], closing: str) -> Group:
    """Return *parts* in brackets."""
    return Group(opening, tuple(("", part) for part in parts), closing)


def spelled(value: Any) -> Expression:
    """Return the expression of a text, a number, a mapping, or a frozen value of the Source's vocabulary."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, Mapping):
        return Group("{", tuple((f"{text(key)}: ", spelled(one)) for key, one in value.items()), "}")
    if hasattr(value, "__dataclass_fields__"):
        told = {one.name: spelled(getattr(value, one.name)) for one in fields(value) if _is_told(value, one)}
        return call(type(value).__name__, **told)
    return repr(value)


def text(value: str) -> str:
    """Return *value* as a string literal, in the quotes that need the fewest escapes, double ones if in doubt."""
    quote = "'" if value.count('"') > value.count("'") else '"'
    return quote + "".join(_escaped(character, quote) for character in value) + quote


def _escaped(character: str, quote: str) -> str:
    if character in {quote, "\\"}:
        return f"\\{character}"
    return character if character.isprintable() else character.encode("unicode_escape").decode()


def _is_told(value: Any, one: Any) -> bool:
    default = one.default if one.default_factory is MISSING else one.default_factory()
    own = getattr(value, one.name)
    return bool(own != default) or (one.name in _TELLING and own is not None)
