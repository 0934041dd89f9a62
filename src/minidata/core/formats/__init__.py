"""The formats an answer is rendered to, by their names."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from minidata.core.answers import Cells, Column
from minidata.core.errors import UnknownName
from minidata.core.formats.about import About
from minidata.core.formats.jsontext import json_array, json_lines
from minidata.core.formats.markdown import markdown
from minidata.core.formats.page import page
from minidata.core.formats.table import table

# Takes rows as they come and yields text as soon as it can: memory does not grow with the number of rows.
Renderer = Callable[[Sequence[Column], Iterable[Cells], About], Iterator[str]]


@dataclass(frozen=True)
class Format:
    """A way to write an answer down, in files ending in *ending*. None renders csv: Postgres writes it itself."""

    name: str
    ending: str
    render: Renderer | None


FORMATS: Mapping[str, Format] = {
    "table": Format("table", ".txt", table),
    "csv": Format("csv", ".csv", None),
    "json": Format("json", ".json", json_array),
    "jsonl": Format("jsonl", ".jsonl", json_lines),
    "md": Format("md", ".md", markdown),
    "html": Format("html", ".html", page),
}


def format_called(name: str) -> Format:
    """Return the format of that name; raise UnknownName when there is none."""
    if name not in FORMATS:
        raise UnknownName("format", name, FORMATS)
    return FORMATS[name]
