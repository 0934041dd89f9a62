"""
A change to one class, made in the text of the file that defines it, as a person would make it.

One edit at a time, each found anew in the text's syntax tree. Where a person would have to think, Unsafe is raised.
"""

import ast
import re
from collections.abc import Sequence
from typing import TypeGuard

from minidata.core.drifting.pythontext import PythonText, Unsafe, given
from minidata.core.inference.naming import class_name
from minidata.core.inference.spelling import WIDTH, Group, flat, laid, listed, text

_LISTS = frozenset({"list", "List", "set", "Set", "frozenset", "FrozenSet", "Sequence"})


def with_values(source: str, owner: str, field: str, deep: int, values: Sequence[str | int]) -> str:
    """Return *source* with *values* added to the Literal in so *deep* a list of the field's type."""
    file = PythonText(source)
    node = _inner(file, file.field(owner, field).annotation, deep)
    if not _is_literal(node):
        raise Unsafe(f"the type of {owner}.{field} is not spelled as a Literal")
    old = _elements(node)
    there = [one.value for one in old if isinstance(one, ast.Constant)]
    new = [text(value) if isinstance(value, str) else repr(value) for value in values if value not in there]
    if not new:
        return source
    if node.lineno != node.end_lineno:
        return _added_lines(file, node, old[-1], new)
    every = listed(f"{file.of(node.value)}[", [*map(file.of, old), *new], "]")
    short = file.replaced(file.start(node), file.end(node), flat(every))
    if max(map(len, PythonText(short).lines_of(node))) <= WIDTH:
        return short
    alias = next((stmt for stmt in file.tree.body if any(value is node for _, value in given(stmt))), None)
    if alias is not None:
        return file.replaced(file.start(node), file.end(node), laid(every, 0, WIDTH))
    return _named_above(file, owner, field, node, every)


def with_null(source: str, owner: str, field: str, deep: int) -> str:
    """Return *source* with leave for null in so *deep* a list of the field's type."""
    file = PythonText(source)
    node = file.field(owner, field).annotation
    if deep:
        outer = _inner(file, node, deep - 1)
        node = _item(outer, f"{owner}.{field}")
    if isinstance(node, ast.Subscript) and _name(node.value) == "Annotated" and isinstance(node.slice, ast.Tuple):
        # What is said of a type must stay outside: of a union it may not be true.
        node = node.slice.elts[0]
    # Of a type in quotes: before the closing one.
    end = file.end(node) - isinstance(node, ast.Constant)
    return _tidy(file.replaced(end, end, " | None"), owner, field)


def with_fields(source: str, owner: str, lines: str, above: Sequence[str]) -> str:
    """Return *source* with *lines* behind the last field of the class, and the blocks *above* before it."""
    file = PythonText(source)
    node = file.class_(owner)
    fields = [index for index, stmt in enumerate(node.body) if isinstance(stmt, ast.AnnAssign)]
    if not fields:
        raise Unsafe(f"{owner} has no field of its own to put others behind")
    last = node.body[fields[-1]]
    following = node.body[fields[-1] + 1] if fields[-1] + 1 < len(node.body) else None
    if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
        last = following
    end = file.line_end(file.end(last))
    if file.text[file.end(last) : end].lstrip()[:1] not in {"", "#"}:
        raise Unsafe(f"several statements share line {last.lineno}")
    grown = file.replaced(end, end, f"\n{lines.removesuffix(chr(10))}")
    return _with_above(file, node, grown, above)


def _inner(file: PythonText, node: ast.expr, deep: int) -> ast.expr:
    """Return what is in so *deep* a list of the type *node*, without what lies around it."""
    node = _bare(file, node)
    for _ in range(deep):
        node = _bare(file, _item(node, file.of(node)))
    return node


def _item(node: ast.expr, what: str) -> ast.expr:
    if isinstance(node, ast.Subscript) and _name(node.value) in _LISTS and not isinstance(node.slice, ast.Tuple):
        return node.slice
    raise Unsafe(f"{what} is not spelled as a list")


def _bare(file: PythonText, node: ast.expr) -> ast.expr:
    """Return the type inside of Annotated, Optional, ``| None`` and a name for it all."""
    while True:
        inner: ast.expr | None = None
        if isinstance(node, ast.Name):
            inner = file.named(node.id)
        elif isinstance(node, ast.Subscript) and _name(node.value) == "Optional":
            inner = node.slice
        elif isinstance(node, ast.Subscript) and _name(node.value) == "Annotated":
            inner = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) else None
        elif isinstance(node, ast.BinOp):
            sides = [side for side in (node.left, node.right) if not _is_none(side)]
            inner = sides[0] if len(sides) == 1 else None
        if inner is None:
            return node
        node = inner


def _is_literal(node: ast.expr) -> TypeGuard[ast.Subscript]:
    """Whether *node* is a Literal of values that are spelled out."""
    return (
        isinstance(node, ast.Subscript)
        and _name(node.value) == "Literal"
        and all(isinstance(one, ast.Constant | ast.UnaryOp) for one in _elements(node))
    )


def _elements(node: ast.Subscript) -> list[ast.expr]:
    return node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]


def _name(node: ast.expr) -> str:
    """Return the name of a thing, without that of the module it is in."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _added_lines(file: PythonText, node: ast.Subscript, last: ast.expr, new: Sequence[str]) -> str:
    """Return the text with *new* behind the *last* value of a Literal of several lines."""
    after = file.end(last)
    comma = re.match(r"\s*,", file.text[after : file.end(node)])
    if not comma or last.lineno == node.end_lineno:
        raise Unsafe(f"the Literal in line {node.lineno} is laid out in its own way")
    indent = " " * (len(file.lines_of(last)[0]) - len(file.lines_of(last)[0].lstrip()))
    end = file.line_end(after + comma.end())
    return file.replaced(end, end, "".join(f"\n{indent}{value}," for value in new))


def _named_above(file: PythonText, owner: str, field: str, node: ast.Subscript, every: Group) -> str:
    """Return the text with the long type *every* above the class, under a name that stands in the place of *node*."""
    name = class_name(field, file.words(), owner)
    grown = file.replaced(file.start(node), file.end(node), name)
    return _with_above(file, file.class_(owner), grown, [f"{name} = {laid(every, 0, len(name) + 3)}"])


def _with_above(file: PythonText, owner: ast.ClassDef, grown: str, blocks: Sequence[str]) -> str:
    """Return *grown*, the text of *file* with changes in the class *owner*, with *blocks* before that class."""
    start = file.above(owner)
    head = grown[:start]
    before = [stmt for stmt in file.tree.body if file.start(stmt) < start]
    if blocks and not blocks[0].startswith("class ") and before and isinstance(before[-1], ast.Import | ast.ImportFrom):
        # One blank line behind imports, and two only where a class follows.
        head = f"{head.rstrip()}\n\n"
    return f"{head}{''.join(f'{block.rstrip()}{chr(10) * 3}' for block in blocks)}{grown[start:]}"


def _tidy(source: str, owner: str, field: str) -> str:
    """Return *source* with the field's line broken up, where it has become too long and is that of a call."""
    file = PythonText(source)
    node = file.field(owner, field)
    call = node.value
    too_long = max(map(len, file.lines_of(node))) > WIDTH
    if not too_long or not isinstance(call, ast.Call) or node.lineno != node.end_lineno:
        return source
    parts = [file.of(one) for one in call.args]
    parts += [f"{one.arg}={file.of(one.value)}" if one.arg else f"**{file.of(one.value)}" for one in call.keywords]
    if not parts:
        return source
    return file.replaced(file.start(call), file.end(call), laid(listed(f"{file.of(call.func)}(", parts, ")"), 1, WIDTH))
