"""The text of a Python file with its syntax tree beside it: where in it things are, and what it calls them."""

import ast

_STEP = 4
Node = ast.expr | ast.stmt | ast.alias


class Unsafe(Exception):
    """A change that cannot be made without a person; says why."""


class PythonText:
    """The text of a Python file and its syntax tree."""

    def __init__(self, source: str) -> None:
        self.text = source
        try:
            self.tree = ast.parse(source)
        except SyntaxError as exc:
            raise Unsafe(f"line {exc.lineno} is not Python") from exc
        self._lines = source.split("\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def start(self, node: Node) -> int:
        """Return where *node* begins in the text."""
        return self._at(node.lineno, node.col_offset)

    def end(self, node: Node) -> int:
        """Return where *node* ends in the text."""
        return self._at(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def of(self, node: Node) -> str:
        """Return the text of *node*."""
        return self.text[self.start(node) : self.end(node)]

    def lines_of(self, node: Node) -> list[str]:
        """Return the lines that *node* is in, whole, comments too."""
        return self._lines[node.lineno - 1 : node.end_lineno]

    def line_end(self, offset: int) -> int:
        """Return where the line with *offset* ends."""
        end = self.text.find("\n", offset)
        return len(self.text) if end < 0 else end

    def replaced(self, start: int, end: int, new: str) -> str:
        """Return the text with *new* from *start* to *end*."""
        return f"{self.text[:start]}{new}{self.text[end:]}"

    def class_(self, name: str) -> ast.ClassDef:
        """Return the class called *name*; raise Unsafe unless there is one, at the left, of lines four deep."""
        found = [node for node in self.tree.body if isinstance(node, ast.ClassDef) and node.name == name]
        if len(found) != 1:
            raise Unsafe(f"it has {len(found) or 'no'} {'classes' if found else 'class'} {name} at its left")
        if any(node.col_offset != _STEP or node.lineno == found[0].lineno for node in found[0].body):
            raise Unsafe(f"the lines of {name} are not {_STEP} spaces deep")
        return found[0]

    def field(self, owner: str, name: str) -> ast.AnnAssign:
        """Return the field *name* of the class *owner*; raise Unsafe when it is not there."""
        for node in self.class_(owner).body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
                return node
        raise Unsafe(f"{owner} has no line for {name}")

    def named(self, name: str) -> ast.expr | None:
        """Return what the file calls *name* at its left, a type for example; None when that is no one thing."""
        found = [value for node in self.tree.body for target, value in given(node) if target == name]
        return found[0] if len(found) == 1 else None

    def names(self) -> set[str]:
        """Return the names that the file gives to things at its left, those of imports too."""
        imports = [node for node in self.tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        return self.defined() | {
            (alias.asname or alias.name).partition(".")[0] for node in imports for alias in node.names
        }

    def defined(self) -> set[str]:
        """Return the names of what the file itself makes at its left."""
        found: set[str] = set()
        for node in self.tree.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                found.add(node.name)
            else:
                walked = ast.walk(node)
                found |= {one.id for one in walked if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
        return found

    def words(self) -> set[str]:
        """Return all names that are used anywhere in the file."""
        return {node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name)} | self.names()

    def above(self, owner: ast.ClassDef) -> int:
        """Return where the class begins, with its decorators and the comment that stands right above it."""
        line = min([owner.lineno, *(one.lineno for one in owner.decorator_list)]) - 1
        while line and self._lines[line - 1].startswith("#"):
            line -= 1
        return self._starts[line]

    def _at(self, line: int, column: int) -> int:
        # Columns are counted in bytes.
        return self._starts[line - 1] + len(self._lines[line - 1].encode()[:column].decode())


def given(node: ast.stmt) -> list[tuple[str, ast.expr]]:
    """Return the names that the statement *node* gives, each with what gets it."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return [(node.targets[0].id, node.value)]
    target, value = getattr(node, "target", getattr(node, "name", None)), getattr(node, "value", None)
    return [(target.id, value)] if isinstance(target, ast.Name) and isinstance(value, ast.expr) else []
