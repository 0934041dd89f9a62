"""A published model: the Sources' tables that it is made of, and the rows in them, where its columns lead to them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from minidata.adapters.database.asking.tracing import Live, Standing, Where, equals, live, published_keys, standing
from minidata.adapters.database.connection import Database
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError, Exit, UnknownName, worst
from minidata.core.modelling.lineage import Origin, passed_through
from minidata.core.modelling.models import Models
from minidata.core.source import Source
from minidata.core.tables import tables_of
from minidata.steps.models import project_models
from minidata.steps.tracing.rows import TracedRow, Tracer
from minidata.steps.tracing.wanted import Wanted, wanted


@dataclass(frozen=True)
class TracedSource:
    """
    A Source's *table* that a model reads, by way of the models *via*, and how far it had come when that was published.

    *standing* is None where the ledger does not say. *rows* are those that the model's rows lead to; *why_not* says why
    they lead to none, "" when they do, or were not asked for. *more* says that there are more of them.
    """

    table: str
    via: tuple[str, ...]
    standing: Standing | None
    rows: tuple[TracedRow, ...] = ()
    more: bool = False
    why_not: str = ""


@dataclass(frozen=True)
class TracedModel:
    """
    A model, the models that it reads, near and far, and the Sources' tables below them.

    *publish* is the one that readers see, and when it was; *relation* is what it shows of the model.
    """

    model: str
    reads: tuple[str, ...]
    publish: int
    run: str
    published_at: datetime
    relation: str
    sources: tuple[TracedSource, ...]

    @property
    def exit_code(self) -> Exit:
        """STORE when an object is damaged or gone."""
        return worst(row.provenance.exit_code for source in self.sources for row in source.rows)


def trace_model(
    project: Project, sources: Mapping[str, Source], tracer: Tracer, table: str, where: str | None
) -> TracedModel:
    """
    Return what the model published as *table* stands on and, with *where*, the rows that its rows lead to.

    By the models as they are written now. Raises UnknownName, ConfigError when nothing is published or the condition is
    none, EngineError.
    """
    models = project_models(project, {})
    schema, _, alias = table.partition(".")
    name = models.known.model(schema, alias)
    if name is None:
        known = {alias for other, alias in models.known.shown.values() if other == schema} or models.by_name
        raise UnknownName("model", alias, known)
    shown = live(tracer.database)
    if shown is None or name not in shown.relations:
        raise ConfigError(f"{table} is not published", hint="`minidata analyze` publishes it")
    reads = models.graph.chosen([name])
    follower = _Follower(sources, models, tracer, name, shown.shown[name], where)
    found = tuple(follower.follow(table, via, shown) for table, via in _below(models, reads).items())
    others = tuple(one for one in reads if one != name)
    return TracedModel(name, others, shown.id, shown.run, shown.published_at, shown.relations[name], found)


def _below(models: Models, reads: Sequence[str]) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Return the Sources' tables that the models *reads* name, each with those that do."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for name in reads:
        for table in sorted(models.by_name[name].sources):
            found[table] = (*found.get(table, ()), name)
    return dict(sorted(found.items()))


@dataclass(frozen=True)
class _Follower:
    """Follows the rows of one model down into the Sources' tables."""

    sources: Mapping[str, Source]
    models: Models
    tracer: Tracer
    model: str
    shown: tuple[str, str]
    where: str | None

    def follow(self, table: tuple[str, str], via: tuple[str, ...], shown: Live) -> TracedSource:
        """Return what is to be told of one table."""
        name = ".".join(table)
        try:
            one = wanted(self.sources, name)
        except UnknownName:
            return TracedSource(name, via, None, why_not="no Source of the project fills it")
        stood = _standing(self.tracer.database, one, shown)
        if self.where is None:
            return TracedSource(name, via, stood)
        columns = self._key_columns(one)
        if not columns:
            keys = ", ".join(key for key, _ in one.keys)
            return TracedSource(name, via, stood, why_not=f"{self.model} has no column that is its key ({keys})")
        rows, limit = self._rows(one, columns), self.tracer.limit
        why_not = "" if rows else f"no row of it has a key that is in {', '.join(columns)}"
        return TracedSource(name, via, stood, tuple(rows[:limit]), len(rows) > limit, why_not)

    def _key_columns(self, one: Wanted) -> tuple[str, ...]:
        """Return the model's columns that hold the key of the table; none when it does not have all of it."""
        tables = {
            source.name: {
                table.name: {column.name: column.type for column in table.columns}
                for stream in source.streams
                for table in tables_of(stream)
            }
            for source in self.sources.values()
        }
        holds = passed_through(self.models.by_name, self.model, tables)
        found = []
        for key, _ in one.keys:
            origin = Origin(one.source, one.table.name, key)
            column = next((column for column, origins in holds.items() if origin in origins), None)
            if column is None:
                return ()
            found.append(column)
        return tuple(found)

    def _rows(self, one: Wanted, columns: tuple[str, ...]) -> list[TracedRow]:
        where = Where.written(self.where or "true")
        keys = published_keys(self.tracer.database, self.shown, columns, where, self.tracer.limit + 1)
        return [row for key in keys if None not in key for row in self._row(one, key)]

    def _row(self, one: Wanted, key: tuple[str | None, ...]) -> Iterator[TracedRow]:
        condition = equals(one.keys, [value for value in key if value is not None])
        yield from self.tracer.trace(one, Where(condition, f"the key of {one.name}")).rows


def _standing(database: Database, one: Wanted, shown: Live) -> Standing | None:
    """Return how far the table had come at the publish, by the newest of its objects then."""
    position = dict(part.partition("=")[::2] for part in shown.sources.get(one.name, "").split())
    newest = position.get("newest", "")
    return standing(database, one.source, one.stream.name, int(newest)) if newest.isdecimal() else None
