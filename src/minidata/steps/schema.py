"""schema: the tables of Streams against their Rows, and what a Load would do about it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from minidata.adapters.database.access.ownership import lacking
from minidata.adapters.database.access.privileges import Missing
from minidata.adapters.database.connection import LOADER, Database
from minidata.adapters.database.shaping.differing import Difference
from minidata.adapters.database.shaping.tables import differences_of, looking, rebuild_command
from minidata.adapters.database.targets import Target
from minidata.adapters.project import Project
from minidata.core.rows import fingerprint
from minidata.core.source import Source, chosen_streams
from minidata.steps.engine import database
from minidata.steps.stored import finished_runs, store_of


@dataclass(frozen=True)
class TableDifference:
    """
    One difference of *table* (``schema.name``) from the Row of its Stream: *what*, in words.

    One that is *applied* is taken away by the next Load, with the statements *ddl*; one that *waits* would be, were it
    not for others of its Stream. These make a Load refuse: *ddl* is then for whoever changed the table by hand, and
    where there is none, *command* makes the table anew. *note* says what *ddl* leaves behind, and *command* not.
    """

    table: str
    what: str
    applied: bool
    waits: bool
    ddl: tuple[str, ...]
    note: str
    command: str

    @property
    def refused(self) -> bool:
        """Whether this one makes a Load refuse."""
        return not (self.applied or self.waits)


@dataclass(frozen=True)
class SchemaDiff:
    """All differences, in the order of the Sources, their Streams and tables."""

    differences: tuple[TableDifference, ...]

    @property
    def nothing_new(self) -> bool:
        """Whether the tables are as their Rows say."""
        return not self.differences


def schema_diff(
    project: Project, sources: Mapping[str, Source], *, source: str | None = None, stream: str | None = None
) -> SchemaDiff:
    """
    Return what differs between tables and Rows (of one *source*, of one *stream*); changes nothing.

    Of a Stream of which nothing was fetched no table is expected, unless it is the *stream* that is meant. Raises
    UnknownName, StoreError and EngineError.
    """
    chosen = chosen_streams(sources, source, stream)
    store = store_of(project)
    expected = [one for one in chosen if stream or finished_runs(store, one[0].name, one[1].name)]
    with database(project, LOADER) as db, looking(db):
        found = [
            difference
            for owner, wanted in expected
            for difference in _of_stream(db, Target(owner.name, wanted, fingerprint(wanted.row)))
        ]
    return SchemaDiff(tuple(_each_once(found)))


def _of_stream(database: Database, target: Target) -> list[TableDifference]:
    found = differences_of(database, target)
    lacks = lacking(database, target) if any(one.safe for one in found) else None
    refused = lacks is not None or not all(one.safe for one in found)
    facts = [_fact(target, one, refused=refused) for one in found]
    return [_lacking(target, lacks), *facts] if lacks else facts


def _lacking(target: Target, lacks: Missing) -> TableDifference:
    """Return that the loader may not change the tables, and what an administrator says."""
    return TableDifference(
        target.label, lacks.what, applied=False, waits=False, ddl=(lacks.grant,), note="", command=""
    )


def _fact(target: Target, one: Difference, *, refused: bool) -> TableDifference:
    return TableDifference(
        table=f"{target.source}.{one.table.name}",
        what=one.what,
        applied=one.safe and not refused,
        waits=one.safe and refused,
        ddl=tuple(statement.as_string() for statement in one.statements),
        note=one.note,
        command=rebuild_command(target) if one.note or not one.statements else "",
    )


def _each_once(found: Iterable[TableDifference]) -> Iterator[TableDifference]:
    """Yield what was found, each statement but once: the first Stream of a Source makes the schema for all."""
    said: set[str] = set()
    for one in found:
        yield replace(one, ddl=tuple(statement for statement in one.ddl if statement not in said))
        said.update(one.ddl)
