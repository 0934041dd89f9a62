"""
An answer in the formats people want: pure functions from columns and rows to text, streamed.

Values are Postgres's own text for them, or None for NULL: nothing is rounded, nothing is too old or too large to show.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from minidata.core.answers import AnswerColumn, Row
from minidata.core.formats.documents import json_array, json_lines
from minidata.core.formats.texts import csv, markdown, table

Render = Callable[[Sequence[AnswerColumn], Iterable[Row]], Iterator[str]]

# What a format is called → the end of its file's name, and what writes it. html, which needs more, is in pages.py.
FORMATS: Mapping[str, tuple[str, Render]] = {
    "table": ("txt", table),
    "csv": ("csv", csv),
    "json": ("json", json_array),
    "jsonl": ("jsonl", json_lines),
    "md": ("md", markdown),
}
