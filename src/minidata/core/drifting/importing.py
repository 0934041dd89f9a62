"""The imports that a change needs, added where a person would add them."""

import ast
import sys
from collections.abc import Iterable
from itertools import takewhile

from minidata.core.drifting.pythontext import PythonText, Unsafe
from minidata.core.inference.imports import IMPORTS, from_import, words_in

_MODULES = {name: module for block in IMPORTS for module, names in block.items() for name in names}


def with_imports(source: str, added: str) -> str:
    """
    Return *source* with the imports that the text *added* to it needs.

    Raises Unsafe when one of the names means something else in the file.
    """
    for name in sorted(words_in(added) & _MODULES.keys()):
        source = _with_import(source, _MODULES[name], name)
    return source


def _with_import(source: str, module: str, name: str) -> str:
    file = PythonText(source)
    if name in file.names():
        if name in file.defined() or not _means(file, module, name):
            raise Unsafe(f"it calls something else {name}")
        return source
    if module == "datetime":
        return _with_line(file, module, "import datetime as dt\n")
    for node in _imports(file):
        if isinstance(node, ast.ImportFrom) and node.module == module and "#" not in file.of(node):
            names = _in_order([file.of(alias) for alias in node.names], name)
            return file.replaced(file.start(node), file.end(node), from_import(module, names).removesuffix("\n"))
    return _with_line(file, module, from_import(module, [name]))


def _means(file: PythonText, module: str, name: str) -> bool:
    """Whether *name* is what a written file means by it; from which module it comes in the end is not looked at."""
    for node in _imports(file):
        for alias in node.names:
            if (alias.asname or alias.name) == name:
                wanted = (module, "dt") if isinstance(node, ast.Import) else (name, None)
                return (alias.name, alias.asname) in {wanted, (name, name)}
    return False


def _with_line(file: PythonText, module: str, line: str) -> str:
    """Return the text with the import *line*, in its block and in the order of modules; a new block where needed."""
    rank = _rank(module)
    there = [(_rank(_module(node)), node) for node in _imports(file)]
    before = [node for other, node in there if other <= rank]
    after = [node for other, node in there if other > rank]
    if before:
        apart = "" if any(other[0] == rank[0] for other, _ in there) else "\n"
        at = file.line_end(file.end(before[-1]))
        return file.replaced(at, at, f"\n{apart}{line.removesuffix(chr(10))}")
    if after:
        apart = "" if any(other[0] == rank[0] for other, _ in there) else "\n"
        return file.replaced(file.start(after[0]), file.start(after[0]), f"{line}{apart}")
    raise Unsafe("it imports nothing")


def _imports(file: PythonText) -> list[ast.Import | ast.ImportFrom]:
    """Return the imports that the file begins with."""
    body = file.tree.body
    body = body[1:] if body and isinstance(body[0], ast.Expr) else body
    return [
        node
        for node in takewhile(lambda node: isinstance(node, ast.Import | ast.ImportFrom), body)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def _module(node: ast.Import | ast.ImportFrom) -> str:
    return node.names[0].name if isinstance(node, ast.Import) else f"{'.' * node.level}{node.module or ''}"


def _rank(module: str) -> tuple[int, str]:
    """Return what puts the import of *module* into its block, and there into its place."""
    top = module.partition(".")[0]
    block = 0 if top == "__future__" else 1 if top in sys.stdlib_module_names else 3 if not top else 2
    return block, module


def _in_order(names: Iterable[str], new: str) -> list[str]:
    """Return *names* and, in its place among them, *new*."""
    names = list(names)
    at = next((index for index, name in enumerate(names) if _order(name) > _order(new)), len(names))
    return [*names[:at], new, *names[at:]]


def _order(name: str) -> tuple[int, str]:
    """Return what linters sort imported names by: constants, classes, the rest."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2, name)
