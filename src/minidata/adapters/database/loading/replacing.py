"""Replace: the newest complete Run is the table. Readers see what was there until the transaction commits."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import sql

from minidata.adapters.database.connection import Database
from minidata.adapters.database.ledger.forgetting import forget
from minidata.adapters.database.loading.precedence import lock
from minidata.adapters.database.targets import Target
from minidata.core.errors import RefusedError

_SHRINKS_TO = 0.5


class Shrinks(RefusedError):
    """A Run would leave less than half of the rows that a table has: more often an API fails than a shop closes."""


@contextmanager
def replacing(database: Database, target: Target, *, allow_shrink: bool = False) -> Iterator[None]:
    """
    Empty the tables of *target* and forget what was loaded into them; inside, the new Run is written, batch by batch.

    Inside a transaction, before the ledger has the new objects. Raises Shrinks when less than half of the rows are
    left at the end, unless *allow_shrink*: nothing may be committed then.
    """
    # Whoever retries a record has its object first and the table then.
    forget(database, target)
    lock(database, target)
    before = _rows(database, target)
    # No DDL: views, grants and those who read stay as they are.
    for table in reversed(target.tables):
        database.run(sql.SQL("delete from {}").format(target.name(table)))
    yield
    after = _rows(database, target)
    if after < before * _SHRINKS_TO and not allow_shrink:
        raise Shrinks(
            f"a run of {target.label} has {after:,} rows, the table has {before:,}: less than half would be left"
        )


def _rows(database: Database, target: Target) -> int:
    row = database.one(sql.SQL("select count(*) from {}").format(target.name(target.root)))
    return int(row[0]) if row else 0
