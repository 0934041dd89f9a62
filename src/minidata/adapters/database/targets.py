"""Where a Stream's rows go: its tables in the schema of its Source, or their twins while it is being rebuilt."""

import hashlib
from dataclasses import dataclass

from psycopg import sql

from minidata.core.marks import OBJECT, RECORD
from minidata.core.names import MAX_BYTES, REBUILT
from minidata.core.source import Stream
from minidata.core.tables import Table, tables_of


@dataclass(frozen=True)
class Target:
    """
    What a Load writes to. *fingerprint* is that of the Stream's Row.

    With *rebuild* these are tables beside those that are in use, and a ledger of their own.
    """

    source: str
    stream: Stream
    fingerprint: str
    rebuild: bool = False

    @property
    def label(self) -> str:
        """What it is called in messages: ``source.stream``."""
        return f"{self.source}.{self.stream.name}"

    @property
    def marks(self) -> list[str | bool]:
        """What its objects are known by in the ledger: source, stream, rebuild."""
        return [self.source, self.stream.name, self.rebuild]

    @property
    def tables(self) -> tuple[Table, ...]:
        """The Stream's tables: that of its records first."""
        return tables_of(self.stream)

    @property
    def root(self) -> Table:
        """The table of the Stream's records."""
        return self.tables[0]

    def name(self, table: Table) -> sql.Identifier:
        """Return the full name of *table*, quoted."""
        return sql.Identifier(self.source, twin(table.name) if self.rebuild else table.name)

    def columns(self, table: Table) -> sql.Composed:
        """Return all columns of *table* in the order of a line: the Row's and the links, then the trace."""
        names = [*(column.name for column in table.columns), RECORD, OBJECT]
        return sql.SQL(", ").join(map(sql.Identifier, names))


def twin(name: str) -> str:
    """Return what the table called *name* is called while it is being rebuilt."""
    if len(name.encode()) + len(REBUILT) <= MAX_BYTES:
        return name + REBUILT
    return f"{hashlib.sha256(name.encode()).hexdigest()[:16]}{REBUILT}"
