"""Rows of a table written down as the input of a unit test, so that reading them gives the same values."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import yaml

from minidata.core.errors import ConfigError
from minidata.core.places import Place
from minidata.core.testing.fixtures import Rows, Types, empty, values

# Each cell is as Postgres writes it, None for null.
Cells = Sequence[str | None]
_WHOLE = frozenset({"smallint", "integer", "bigint"})
# A text that would end a cell, or a line.
_QUOTED = re.compile(r'\A[^",\r\n]*[",\r\n].*\Z', re.DOTALL)
# No line is folded, however long it is.
_ENDLESS = 2**31


def written_down(what: str, types: Types, rows: Sequence[Cells], form: str) -> str:
    """
    Return *rows*, with columns of *types*, as an entry of ``given`` for the input *what*.

    Raises ConfigError for what a CSV cannot hold.
    """
    said: dict[str, Any] = {"input": what, **_FORMS[form](types, rows)}
    return yaml.dump([said], Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_ENDLESS)


class _Row(dict[str, Any]):
    """A row, which is written on one line."""


class _Block(str):
    """A text that is written as it is, on lines of its own, where YAML can."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes rows on a line each, and texts so that they stay on it."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - its own
        super().increase_indent(flow, indentless=False)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = None if text.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(
    _Row, lambda dumper, row: dumper.represent_mapping("tag:yaml.org,2002:map", row, flow_style=True)
)
_Dumper.add_representer(_Block, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|"))


def _as_yaml(types: Types, rows: Sequence[Cells]) -> Mapping[str, Any]:
    kinds = list(types.items())
    return {
        "rows": [
            _Row({name: _value(cell, kind) for (name, kind), cell in zip(kinds, row, strict=True)}) for row in rows
        ]
    }


def _value(cell: str | None, kind: str) -> Any:
    """Return a cell as YAML has it: what it could spell otherwise stays the text that Postgres wrote."""
    if cell is None:
        return None
    if kind in _WHOLE:
        return int(cell)
    return cell == "true" if kind == "boolean" else cell


def _as_csv(types: Types, rows: Sequence[Cells]) -> Mapping[str, Any]:
    lines = [_line(types)]
    for row in rows:
        if "" in row:
            name = list(types)[row.index("")]
            raise ConfigError(
                f"{name} has an empty text, which a CSV cannot tell from null", hint="take --format yaml or sql"
            )
        lines.append(_line(row))
    return {"format": "csv", "rows": _Block("".join(lines))}


def _line(cells: Iterable[str | None]) -> str:
    """Return a line of CSV. Python's own writer forgets to quote what only other programs take for a line's end."""
    written = [cell or "" for cell in cells]
    if written == [""]:
        # Which would be no row.
        return '""\n'
    return ",".join(_QUOTED.sub(_in_quotes, cell) for cell in written) + "\n"


def _in_quotes(cell: re.Match[str]) -> str:
    return '"' + cell[0].replace('"', '""') + '"'


def _as_sql(types: Types, rows: Sequence[Cells]) -> Mapping[str, Any]:
    named = tuple(dict(zip(types, row, strict=True)) for row in rows)
    text = values(Rows(Place(""), named), types, "", between=",\n  ") if rows else empty(types)
    return {"format": "sql", "rows": _Block(text + "\n")}


_FORMS: Mapping[str, Callable[[Types, Sequence[Cells]], Mapping[str, Any]]] = {
    "yaml": _as_yaml,
    "csv": _as_csv,
    "sql": _as_sql,
}
FORMATS = tuple(_FORMS)
