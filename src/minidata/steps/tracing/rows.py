"""Rows of a Source's table, each with the record that it comes from."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from minidata.adapters.database.asking.tracing import Found, Where, rows
from minidata.adapters.database.connection import Database
from minidata.core.errors import Exit, worst
from minidata.core.source import Stream
from minidata.steps.provenance import Origins, Provenance
from minidata.steps.tracing.wanted import Wanted


@dataclass(frozen=True)
class TracedRow:
    """
    A row of *table*: its key's *values* as text, and where it comes from.

    It was loaded *loaded_at*, by the Row *fingerprint*, from page *page* of *run*.
    """

    table: str
    values: Mapping[str, str | None]
    run: str
    page: int
    fingerprint: str
    loaded_at: datetime
    provenance: Provenance


@dataclass(frozen=True)
class Traced:
    """The rows of a Source's *table* that were asked for, the newest first; *more* says that there are more of them."""

    table: str
    rows: tuple[TracedRow, ...]
    more: bool

    @property
    def exit_code(self) -> Exit:
        """STORE when an object is damaged or gone."""
        return worst(row.provenance.exit_code for row in self.rows)


@dataclass(frozen=True)
class Tracer:
    """Finds rows, no more than *limit*, and where they come from; with *values* the records themselves, too."""

    database: Database
    origins: Origins
    values: bool
    limit: int

    def trace(self, wanted: Wanted, where: Where) -> Traced:
        """Return the rows of a table that are meant. Raises what tracing.rows() raises."""
        found = rows(self.database, (wanted.source, wanted.table.name), wanted.shown, where, self.limit + 1)
        traced = self._traced(wanted.name, wanted.stream, found[: self.limit])
        return Traced(wanted.name, tuple(traced), len(found) > self.limit)

    def _traced(self, table: str, stream: Stream, found: Iterable[Found]) -> Iterator[TracedRow]:
        for row in found:
            origin = self.origins.of(row.key, row.record, stream, sha256=row.sha256, values=self.values)
            yield TracedRow(table, row.values, row.run, row.page, row.fingerprint, row.loaded_at, origin)
