"""
JSON, exact: numbers stand as Postgres writes them, whatever their size, and json and jsonb cells as what they are.

What JSON has no number for (NaN, Infinity) is text, as is every other type. NULL is null.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from json.encoder import encode_basestring

from minidata.core.answers import Cells, Column
from minidata.core.errors import ConfigError
from minidata.core.formats.about import About

_NO_NUMBERS = frozenset({"NaN", "Infinity", "-Infinity"})
# Outside its strings JSON has line ends only as white space, and inside them none.
_ON_ONE_LINE = str.maketrans("\r\n", "  ")


def json_array(columns: Sequence[Column], rows: Iterable[Cells], _about: About) -> Iterator[str]:
    """Yield one array of objects, one object a line. Raises ConfigError for two columns of one name."""
    before = "[\n"
    for one in _objects(columns, rows):
        yield before + one
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def json_lines(columns: Sequence[Column], rows: Iterable[Cells], _about: About) -> Iterator[str]:
    """Yield one object a line. Raises ConfigError for two columns of one name."""
    for one in _objects(columns, rows):
        yield one + "\n"


def _objects(columns: Sequence[Column], rows: Iterable[Cells]) -> Iterator[str]:
    names = [column.name for column in columns]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(
                f"JSON cannot hold two columns called {name!r}", hint="give one of them another name: as …"
            )
    keys = [encode_basestring(name) + ": " for name in names]
    spellings = [_spelling(column) for column in columns]
    fields = list(zip(keys, spellings, strict=True))
    for row in rows:
        yield (
            "{"
            + ", ".join(
                [
                    key + (spell(cell) if cell is not None else "null")
                    for (key, spell), cell in zip(fields, row, strict=True)
                ]
            )
            + "}"
        )


def _spelling(column: Column) -> Callable[[str], str]:
    if column.numeric:
        return _number
    if column.type == "boolean":
        return {"t": "true", "f": "false"}.__getitem__
    if column.type in {"json", "jsonb"}:
        return _document
    return encode_basestring


def _number(cell: str) -> str:
    return f'"{cell}"' if cell in _NO_NUMBERS else cell


def _document(cell: str) -> str:
    return cell.translate(_ON_ONE_LINE)
