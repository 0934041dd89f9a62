"""From samples of a Stream's records to the pattern of all that are like them, and from its matches to lines."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

from minidata.core.columns import Column
from minidata.core.fitting.checking import checker_of
from minidata.core.fitting.tightening import tightened
from minidata.core.loading.encoding import SHORT_KEY, Lines, encoded, joined
from minidata.core.loading.quickly.cells import Cells, cells, checked, key_cells
from minidata.core.loading.quickly.patterns import NoLayout, Spelling, order_of, shape
from minidata.core.source import Stream
from minidata.core.tables import tables_of

# A pattern of more characters is none that anybody would wait for.
_LONGEST = 50_000
# A path of more steps leads to where records may be too deep.
_LONG_PATH = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    What is wanted of a record: its *columns*, some of which are *keys*; the rules of its *fields*.

    *names* leads from what the API calls a field to the Row's. Of a record that has something at *deleted*, nothing is
    wanted. With *closed* a record may have no other fields. *definitions* is what the rules refer to.
    """

    columns: Sequence[Column]
    keys: Sequence[str]
    fields: Mapping[str, Any]
    names: Mapping[str, str]
    deleted: str
    closed: bool
    definitions: Mapping[str, Any] | None

    @classmethod
    def of(cls, stream: Stream) -> Self:
        """Return what is wanted of the records of *stream*; raise NoLayout when patterns cannot tell it."""
        holding = checker_of(stream.row).holding
        schema: Any = tightened(stream.row.__pydantic_core_schema__)
        definitions = schema if schema["type"] == "definitions" else None
        inner = schema["schema"] if definitions else schema
        odd = inner["type"] != "typed-dict" or inner["config"] or len(tables_of(stream)) > 1
        unsure = holding or (stream.deleted and stream.deleted.equals is None) or stream.records.count(".") > _LONG_PATH
        if odd or unsure:
            raise NoLayout
        fields = {name: field["schema"] for name, field in inner["fields"].items()}
        aliases = [field.get("validation_alias", name) for name, field in inner["fields"].items()]
        if not all(isinstance(alias, str) for alias in aliases) or len(set(aliases)) < len(aliases):
            raise NoLayout
        names = dict(zip(aliases, fields, strict=True))
        deleted = stream.deleted.field.partition(".")[0] if stream.deleted else ""
        keys = stream.keys if stream.merges else ()
        return cls(stream.columns, keys, fields, names, deleted, inner["extra_behavior"] == "forbid", definitions)

    def defined(self, schema: Any) -> Any:
        """Return *schema* with what it refers to."""
        return {**self.definitions, "schema": schema} if self.definitions else schema

    def may_be_missing(self, key: str) -> bool:
        """Whether it is all the same if a record has null at *key*, or no such key."""
        name = self.names.get(key)
        return name is None or (_default_of(self.fields[name]) == (None,) and name not in self.keys)


class Taken(NamedTuple):
    """A text less the records in it that match: a mark for each of *matches*, with their *columns*."""

    rest: str
    matches: int
    columns: Sequence[list[Any]]


@dataclass(frozen=True, slots=True)
class Layout:
    """A *pattern* of records, with a group for each of *cells*; *constants* are the texts of all other columns."""

    pattern: re.Pattern[str]
    wanted: Wanted
    cells: Mapping[str, Cells]
    constants: Mapping[str, str]

    def take(self, text: str, mark: str) -> Taken:
        """Take the records that match out of *text*, and put *mark* in their places."""
        parts = self.pattern.split(text)
        width = self.pattern.groups + 1
        between = parts[::width]
        return Taken(mark.join(between), len(between) - 1, [parts[group::width] for group in range(1, width)])

    def lines(self, taken: Taken, places: Sequence[int]) -> Lines:
        """Return the lines of the records *taken*, found at *places*; raise ValueError when one does not fit."""
        matches = dict(zip(self.cells, taken.columns, strict=True))
        written = {name: self.cells[name].write(found) for name, found in matches.items()}
        texts = [
            written[column.name][0] if column.name in written else [self.constants[column.name]] * taken.matches
            for column in self.wanted.columns
        ]
        if sum(max(map(len, written[name][0])) for name in self.wanted.keys) > SHORT_KEY:
            raise ValueError("a key that may be too long")
        return joined(texts, places, [written[name][1] for name in self.wanted.keys])


def layout_of(wanted: Wanted, samples: Sequence[Mapping[str, Any]], spelling: Spelling) -> Layout:
    """Return the layout of records like *samples*, what is *wanted* in them; raise NoLayout when there is none."""
    alike = _alike(wanted, samples)
    order = order_of(alike)
    found: dict[str, Cells] = {}
    members: dict[str, str] = {}
    for key in order:
        values = [record[key] for record in alike if key in record]
        name = wanted.names.get(key)
        if name is None:
            members[key] = "null" if wanted.deleted == key else shape(values, spelling)
        else:
            found[name] = _cells(wanted, name, values, spelling)
            if wanted.deleted == key:
                found[name] = replace(found[name], pattern="(null)")
            members[key] = found[name].pattern
    pattern = spelling.object(members, [key for key in order if any(key not in record for record in alike)])
    if len(pattern) > _LONGEST or (wanted.closed and len(found) < len(order)):
        raise NoLayout
    return Layout(re.compile(pattern), wanted, found, _constants(wanted, found))


def _alike(wanted: Wanted, samples: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return those of *samples* that have the same fields as the first, but for those that may be missing."""
    staying = [record for record in samples if not wanted.deleted or record.get(wanted.deleted) is None]
    firm = [{key for key in record if not wanted.may_be_missing(key)} for record in staying]
    return [record for record, keys in zip(staying, firm, strict=True) if keys == firm[0]]


def _cells(wanted: Wanted, name: str, values: Sequence[Any], spelling: Spelling) -> Cells:
    column = next(column for column in wanted.columns if column.name == name)
    make = key_cells if name in wanted.keys else checked if wanted.names.get(wanted.deleted) == name else cells
    return make(wanted.fields[name], column, values, spelling, wanted.defined)


def _constants(wanted: Wanted, found: Mapping[str, Cells]) -> dict[str, str]:
    """Return the texts of the columns that no record has; raise NoLayout where it would have to."""
    missing = [column for column in wanted.columns if column.name not in found]
    defaults = {column: _default_of(wanted.fields[column.name]) for column in missing}
    if any(not default for default in defaults.values()) or any(column.name in wanted.keys for column in missing):
        raise NoLayout
    return {column.name: encoded(column, list(default))[0] for column, default in defaults.items()}


def _default_of(schema: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the value, as the only one, that *schema* gives a field that is missing; none when there is none."""
    if schema["type"] != "default" or "default" not in schema or schema.get("validate_default"):
        return ()
    return (schema["default"],)
