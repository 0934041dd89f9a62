"""What is known of the tables of a lineage: by the Rows, by seeds' files, by models' SQL."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from minidata.adapters.database.shaping.definitions import columns_of_table
from minidata.core.modelling.lineage import Columns, Field, Followed, Kind, Schema, follow, ordered, roots
from minidata.core.modelling.models import Model, Models
from minidata.core.modelling.seeding import seed_table
from minidata.core.queries.relations import Source as Table
from minidata.core.source import Source
from minidata.core.tables import tables_of


@dataclass(frozen=True)
class LineageColumn:
    """
    A column: what it *reads*, each as ``table.column``, and what that *stands_on* in the end.

    *kind* says whether values are ``passed`` on, others ``derived`` from them, or that it is ``unknown``; None for a
    column that is read from nothing here: a source's, a seed's. *type* is known of those.
    """

    name: str
    type: str | None = None
    kind: Kind | None = None
    reads: tuple[str, ...] = ()
    stands_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class LineageTable:
    """
    A table: its *kind* (model, seed or source), how it is *materialized*, the *path* of its file, and what it *reads*.

    *why_not* says why its columns cannot be told, or what they come from.
    """

    name: str
    kind: str
    materialized: str | None
    path: str
    reads: tuple[str, ...]
    columns: tuple[LineageColumn, ...] = ()
    why_not: str = ""


@dataclass(frozen=True)
class Gathered:
    """What is known of columns: those of tables, by *schema*, and of models that are *seen* otherwise."""

    models: Mapping[str, Model]
    order: Sequence[str]
    outside: Collection[Table]
    schema: Schema
    seen: Mapping[str, Columns] = field(default_factory=dict)

    @classmethod
    def of(cls, sources: Mapping[str, Source], models: Models) -> "Gathered":
        by_name = models.by_name
        order = ordered(by_name, sorted(by_name))
        outside = sorted({table for model in by_name.values() for table in model.sources})
        schema = {source.name: dict(_tables(source)) for source in sources.values()}
        return cls(
            by_name, order, outside, schema, {name: _seed(by_name[name]) for name in order if by_name[name].seed}
        )

    def followed(self) -> dict[str, Followed]:
        return follow(self.models, self.order, self.schema, self.seen)

    def unknown(self, followed: Mapping[str, Followed]) -> list[Table]:
        """Return the tables, and the models as they are published, whose columns are not known yet."""
        tables = [(schema, name) for schema, name in self.outside if name not in self.schema.get(schema, {})]
        return tables + [self.models[name].shown for name, one in followed.items() if one.why_not]

    def with_columns(self, found: Mapping[Table, Columns]) -> "Gathered":
        schema = {one: dict(tables) for one, tables in self.schema.items()}
        for (one, name), columns in found.items():
            schema.setdefault(one, {}).setdefault(name, columns)
        published = {name: found[model.shown] for name, model in self.models.items() if model.shown in found}
        return replace(self, schema=schema, seen={**published, **self.seen})

    def drawn(self, followed: Mapping[str, Followed]) -> Iterator[tuple[str, LineageTable]]:
        """Yield all tables, those of sources first."""
        for schema, name in self.outside:
            columns = self.schema.get(schema, {}).get(name, {})
            told = tuple(LineageColumn(column, kind) for column, kind in columns.items())
            label, why_not = f"{schema}.{name}", "" if told else "its columns are not known"
            yield label, LineageTable(label, "source", None, "", (), told, why_not)
        ends = roots(followed, self.seen)
        for name in self.order:
            yield name, self._model(self.models[name], followed[name], ends)

    def _model(self, model: Model, one: Followed, ends: Mapping[Field, Mapping[Field, Kind]]) -> LineageTable:
        types = self.seen.get(model.name, {})
        columns = tuple(
            LineageColumn(
                name=name,
                type=types.get(name),
                kind=None if model.seed else derivation.kind,
                reads=tuple(sorted(map(_label, derivation.reads))),
                stands_on=tuple(sorted(map(_label, ends[Field(model.name, name)]))),
            )
            for name, derivation in one.columns.items()
        )
        return LineageTable(
            name=model.name,
            kind="seed" if model.seed else "model",
            materialized=model.materialized,
            path=model.file.path,
            reads=tuple(sorted([*model.refs, *map(".".join, model.sources)])),
            columns=columns,
            why_not=one.why_not,
        )


def _label(one: Field) -> str:
    relation = one.relation if isinstance(one.relation, str) else ".".join(one.relation)
    return f"{relation}.{one.column}"


def _tables(source: Source) -> Iterator[tuple[str, Columns]]:
    for stream in source.streams:
        for table in tables_of(stream):
            yield table.name, {column.name: column.type for column in columns_of_table(table)}


def _seed(model: Model) -> Columns:
    seed = seed_table(model)
    return {column.name: column.type for column in seed.columns}
