"""
Templates so plain that nothing has to be compiled: text, and calls with literals such as ``ref('stg_orders')``.

Most models are no more than that, and compiling a template takes longer than anything else that is done with it. What
is plain gives what Jinja gives; whatever is not, or goes wrong, is left to Jinja, whose errors know their lines.
"""

import ast
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from jinja2.utils import missing

Find = Callable[[str], Any]

_EXPRESSION = re.compile(r"\{\{((?:[^{}'\"\\]|'[^'{}\\\n]*'|\"[^\"{}\\\n]*\")*)\}\}")
_NOT_PLAIN = re.compile(r"\{[%#]|\{\{[-+{]|[-+}]\}\}")
_WORDS = {"true": True, "false": False, "none": None}


class NotPlainError(Exception):
    """It takes Jinja to know what this gives."""


def rendered(text: str, find: Find) -> str:
    """Return what a plain template gives when *find* says what names mean. Raises NotPlainError."""
    if _NOT_PLAIN.search(text):
        raise NotPlainError
    parts, at = [], 0
    for expression in _EXPRESSION.finditer(text):
        parts += [text[at : expression.start()], str(value_of(expression[1], find))]
        at = expression.end()
    rest = text[at:]
    if any("{{" in part for part in (*parts[::2], rest)):
        raise NotPlainError
    return "".join([*parts, rest]).replace("\r\n", "\n").replace("\r", "\n")


def value_of(text: str, find: Find) -> Any:
    """Return the value of a literal, a name, or a call of a name with such. Raises NotPlainError for all else."""
    return _value(_parsed(text.strip()), find)


@lru_cache(maxsize=1 << 14)
def _parsed(text: str) -> ast.expr:
    if "\\" in text or "#" in text:
        raise NotPlainError
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        raise NotPlainError from None


def _value(node: ast.expr, find: Find) -> Any:
    match node:
        case ast.Constant(value=str() | int() | float() | None, kind=None):
            return node.value
        case ast.List():
            return [_value(one, find) for one in node.elts]
        case ast.Name(id=name) if name in _WORDS:
            return _WORDS[name]
        case ast.Name(id=name):
            return _found(name, find)
        case ast.Call(func=ast.Name(id=name)) if not any(isinstance(one, ast.Starred) for one in node.args):
            named = {word.arg: _value(word.value, find) for word in node.keywords if word.arg}
            if len(named) == len(node.keywords):
                return _found(name, find)(*(_value(one, find) for one in node.args), **named)
    raise NotPlainError


def _found(name: str, find: Find) -> Any:
    found = find(name)
    if found is missing:
        raise NotPlainError
    return found
