"""
A seed's file, read: its columns with their types, and its rows as COPY takes them.

What dbt reads is read, and alike: a line that is too short ends in nulls, a blank one is a row of them, a name that is
there twice is numbered. Where that is surely not what was meant, there is a note.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import zip_longest

from minidata.core.errors import ConfigError
from minidata.core.places import Place
from minidata.core.seeds.columns import as_texts, typed

NULL = "\\N"
_ESCAPES = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))
# What a type is made of. It stands in a statement as it was written.
_TYPE = re.compile(r'[\w\s(),."\[\]]+')
_PLAIN_NAME = re.compile(r"[^\W\d][\w$]*")


@dataclass(frozen=True)
class SeedOptions:
    """How a seed's file is read, dbt's words. *column_types* are Postgres's, for columns by their names in the file."""

    delimiter: str = ","
    column_types: Mapping[str, str] | None = None
    quote_columns: bool | None = None


@dataclass(frozen=True)
class SeedColumn:
    """A column: its *name* in Postgres, to be quoted, and its *type*, which is SQL."""

    name: str
    type: str


@dataclass(frozen=True)
class SeedTable:
    """
    What is in a seed: *columns*, and *lines* for ``COPY … FROM STDIN`` in text format, each without its end.

    *notes* are what a person should know.
    """

    columns: tuple[SeedColumn, ...]
    lines: tuple[str, ...]
    notes: tuple[str, ...] = ()


_PLAINLY = SeedOptions()


def read_seed(content: bytes, place: Place, options: SeedOptions = _PLAINLY) -> SeedTable:
    """
    Understand the *content* of the CSV file at *place*.

    Raises ConfigError, naming file and line, for what is no CSV in UTF-8, for a line with more cells than there are
    columns, and for options that cannot be.
    """
    names, rows, notes = _Reader(place, options).read(content)
    forced = dict(options.column_types or {})
    notes += [
        f"{place.path} has no column {name!r}, for which column_types has a type"
        for name in forced
        if name not in names
    ]
    columns, texts = [], []
    for name, cells in zip(names, _turned(rows, len(names)), strict=True):
        kind, spelled = (_checked(forced[name], name, place), as_texts(cells)) if name in forced else typed(cells)
        columns.append(SeedColumn(name, kind))
        texts.append(_escaped(spelled))
    lines = map("\t".join, zip(*texts, strict=True))
    return SeedTable(_named(columns, place, options), tuple(lines), tuple(notes))


@dataclass(frozen=True)
class _Reader:
    place: Place
    options: SeedOptions

    def read(self, content: bytes) -> tuple[list[str], list[list[str]], list[str]]:
        """Return the columns' names, the rows, and notes."""
        reader = csv.reader(StringIO(self._decoded(content)), delimiter=self._delimiter())
        notes: list[str] = []
        try:
            header = next(reader, None)
            if header is None:
                raise ConfigError(f"{self.place.path} is empty", hint="its first line names the columns")
            rows = self._rows(reader, header, notes)
        except csv.Error as exc:
            raise ConfigError(f"{Place(self.place.path, reader.line_num)}: {exc}") from None
        if not header:
            notes.append(f"{Place(self.place.path, 1)} names no columns: they are called a, b, c")
            header = [""] * len(rows[0]) if rows else []
        if not header:
            raise ConfigError(f"{self.place.path} has no columns", hint="its first line names them")
        return self._names(header, notes), rows, notes

    def _delimiter(self) -> str:
        delimiter = self.options.delimiter
        if len(delimiter) != 1 or delimiter in "\r\n":
            raise ConfigError(f"{self.place.path}: delimiter is {delimiter!r}", hint="it is one character")
        return delimiter

    def _decoded(self, content: bytes) -> str:
        try:
            text = content.decode()
        except UnicodeDecodeError as exc:
            line = content.count(b"\n", 0, exc.start) + 1
            raise ConfigError(f"{Place(self.place.path, line)}: it is not UTF-8", hint="save it as UTF-8") from None
        found = text.find("\0")
        if found >= 0:
            line = text.count("\n", 0, found) + 1
            raise ConfigError(f"{Place(self.place.path, line)}: there is a NUL, which Postgres cannot store")
        return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")

    def _rows(self, reader: Iterable[list[str]], header: list[str], notes: list[str]) -> list[list[str]]:
        rows: list[list[str]] = []
        width, short = len(header), 0
        for row in reader:
            # Without names, it is the first row that says how many columns there are.
            width = width or len(row)
            if len(row) > width:
                line = reader.line_num  # type: ignore[attr-defined]  # it is csv's, whose type has no name
                message = f"{Place(self.place.path, line)} has {len(row)} values, but there are {width} columns"
                raise ConfigError(message, hint='put a value that holds the delimiter into "quotes"')
            if len(row) < width and not short:
                short = reader.line_num  # type: ignore[attr-defined]  # the same
            rows.append(row)
        if short:
            notes.append(f"{Place(self.place.path, short)} has too few values: what is missing is null")
        return rows

    def _names(self, header: Sequence[str], notes: list[str]) -> list[str]:
        """Return names that are there and differ, made as dbt makes them."""
        names: list[str] = []
        for index, given in enumerate(header):
            wanted = name = given or "abcdefghijklmnopqrstuvwxyz"[index % 26] * (index // 26 + 1)
            number = 2
            while name in names:
                name, number = f"{wanted}_{number}", number + 1
            if name != given:
                notes.append(f"{Place(self.place.path, 1)}: column {index + 1} is {given!r}, and becomes {name!r}")
            names.append(name)
        return names


def _turned(rows: Sequence[Sequence[str]], width: int) -> list[tuple[str | None, ...]]:
    """Return the *rows* as columns."""
    columns = list(zip_longest(*rows))
    # Each row is a column of that; turned again, each is as long as there are rows.
    return [*columns, *[(None,) * len(rows)] * (width - len(columns))]


def _escaped(texts: Sequence[str | None]) -> list[str]:
    together = "".join(text for text in texts if text)
    escapes = [(sign, escape) for sign, escape in _ESCAPES if sign in together]
    if not escapes:
        return [NULL if text is None else text for text in texts]
    return [NULL if text is None else _replaced(text, escapes) for text in texts]


def _replaced(text: str, escapes: Iterable[tuple[str, str]]) -> str:
    for sign, escape in escapes:
        text = text.replace(sign, escape)
    return text


def _checked(kind: str, name: str, place: Place) -> str:
    if not _TYPE.fullmatch(kind):
        raise ConfigError(f"{place.path}: column_types has no type for {name}: {kind!r}", hint="such as varchar(10)")
    return kind


def _named(columns: Sequence[SeedColumn], place: Place, options: SeedOptions) -> tuple[SeedColumn, ...]:
    """Return the columns as Postgres names them, when their names are not quoted."""
    if options.quote_columns is not False:
        return tuple(columns)
    for column in columns:
        if not _PLAIN_NAME.fullmatch(column.name):
            message = f"{Place(place.path, 1)}: the column {column.name!r} needs quotes"
            raise ConfigError(message, hint="leave out quote_columns: false")
    folded = [SeedColumn(column.name.lower(), column.type) for column in columns]
    twice = next((one.name for index, one in enumerate(folded) if one.name in [c.name for c in folded[:index]]), None)
    if twice:
        raise ConfigError(f"{Place(place.path, 1)}: two columns are {twice!r}", hint="leave out quote_columns: false")
    return tuple(folded)
