"""
Where the columns of Models come from: which columns of what they read, and whether as they are or made into others.

Each model is followed by itself, down to the relations it reads, so that what cannot be followed is told of that model
alone, and a deep graph takes no longer than its models do. What is passed on through several is put together after.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import Any, Literal, NamedTuple

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import SqlglotError
from sqlglot.lineage import Node, lineage
from sqlglot.schema import MappingSchema

from minidata.core.errors import USERS_ERRORS
from minidata.core.modelling.models import Model
from minidata.core.queries.relations import Source, quoted
from minidata.core.queries.sqltext import BUILT

# A value is passed on as it is, or a part of what another is derived from; or nobody can say where it comes from.
Kind = Literal["passed", "derived", "unknown"]
# column → type.
Columns = Mapping[str, str]
# schema → table → column → type.
Schema = Mapping[str, Mapping[str, Columns]]


class Origin(NamedTuple):
    """A column of a Source's table."""

    schema: str
    table: str
    column: str


class Field(NamedTuple):
    """A *column* of a model, which is its name, or of a table that is none."""

    relation: str | Source
    column: str


@dataclass(frozen=True)
class Derivation:
    """How a column comes about: of which fields that its model *reads*, none for what stands in the query itself."""

    kind: Kind
    reads: frozenset[Field] = frozenset()


@dataclass(frozen=True)
class Followed:
    """A model's *columns*, in their order, each with what it comes from. *why_not* says why that cannot be told."""

    columns: Mapping[str, Derivation] = field(default_factory=dict)
    why_not: str = ""


def follow(
    models: Mapping[str, Model], order: Iterable[str], schema: Schema, seen: Mapping[str, Columns]
) -> dict[str, Followed]:
    """
    Follow the columns of those *models* that *order* names, none before what it reads.

    *schema* has the columns of the tables that are no models, *seen* those of seeds, and of models by which they are
    known otherwise where their SQL does not tell.
    """
    known: dict[str, dict[str, Columns]] = {one: dict(tables) for one, tables in schema.items()}
    built = known.setdefault(BUILT, {})
    found: dict[str, Followed] = {}
    for name in order:
        one = found[name] = _followed(models[name], known, seen.get(name))
        if one.columns:
            built[name] = dict.fromkeys(one.columns, "text")
    return found


def roots(followed: Mapping[str, Followed], seeds: Iterable[str] = ()) -> dict[Field, Mapping[Field, Kind]]:
    """
    Return, for each field of the models *followed*, the fields that it comes from in the end: of tables and *seeds*.

    Models must come in their order, none before what it reads.
    """
    ends = frozenset(seeds)
    found: dict[Field, Mapping[Field, Kind]] = {}
    for name, one in followed.items():
        for column, derivation in one.columns.items():
            mine: dict[Field, Kind] = {}
            for read in derivation.reads:
                # A model that cannot be followed is where it ends, too.
                is_end = not isinstance(read.relation, str) or read.relation in ends or read not in found
                below: Mapping[Field, Kind] = {read: "passed"} if is_end else found[read]
                for root, kind in below.items():
                    passed = kind == derivation.kind == "passed" and mine.get(root, "passed") == "passed"
                    mine[root] = "passed" if passed else "derived"
            found[Field(name, column)] = mine
    return found


def passed_through(models: Mapping[str, Model], name: str, schema: Schema) -> Mapping[str, frozenset[Origin]]:
    """
    Return, for each column of the model *name*, whose values it holds: columns of the tables in *schema*, unchanged.

    Of several, as in ``coalesce(a.id, b.id)``, it holds one's. Empty where the model's SQL cannot be followed.
    """
    followed = follow(models, ordered(models, [name]), schema, {})
    ends = roots(followed)
    return {
        column: frozenset(
            Origin(*root.relation, root.column)
            for root, kind in ends[Field(name, column)].items()
            if kind == "passed" and not isinstance(root.relation, str)
        )
        for column in followed[name].columns
    }


def ordered(models: Mapping[str, Model], names: Iterable[str]) -> list[str]:
    """Return *names* and all models that they read, far and near, none before what it reads itself."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    stack, seen = list(names), set[str]()
    while stack:
        name = stack.pop()
        if name not in seen:
            seen.add(name)
            reads = sorted(models[name].refs)
            sorter.add(name, *reads)
            stack += reads
    sorter.prepare()
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order += ready
        sorter.done(*ready)
    return order


def _followed(model: Model, known: Mapping[str, Mapping[str, Columns]], seen: Columns | None) -> Followed:
    otherwise = dict.fromkeys(seen or {}, Derivation("unknown"))
    if model.seed:
        return Followed(otherwise)
    if model.late:
        return Followed(otherwise, "its SQL depends on what is in the database")
    text = model.query.bound({name: quoted(BUILT, name) for name in model.query.refs})
    schema = MappingSchema(_read(model, known), normalize=False)
    try:
        tree = Postgres().parse(text)[0] or exp.Null()
        nodes = lineage(None, tree, schema, dialect="postgres", trim_selects=False)
        reader = _Reader()
        columns = {column: reader.derivation(node) for column, node in nodes.items()}
    except (SqlglotError, *USERS_ERRORS):
        # With SQL that is new to it, the parser's optimizer fails in many ways.
        return Followed(otherwise, "its SQL cannot be followed")
    if "*" in nodes:
        return Followed(otherwise, "it selects * of what has no known columns")
    return Followed(columns)


def _read(model: Model, known: Mapping[str, Mapping[str, Columns]]) -> dict[str, Any]:
    """Return those of the *known* relations that the model reads: to look through all would take as long for each."""
    found: dict[str, Any] = {}
    for schema, name in (*((BUILT, ref) for ref in model.query.refs), *model.query.sources):
        if name in known.get(schema, {}):
            found.setdefault(schema, {})[name] = dict(known[schema][name])
    return found


@dataclass(frozen=True)
class _Reader:
    """Reads what the parser's nodes say. They are shared by several columns, so each is read once."""

    done: dict[int, Derivation] = field(default_factory=dict)

    def derivation(self, node: Node) -> Derivation:
        """Return how the column of *node* comes about."""
        if id(node) not in self.done:
            # A recursive query leads back to itself, and adds nothing there.
            self.done[id(node)] = Derivation("passed")
            self.done[id(node)] = self._read(node)
        return self.done[id(node)]

    def _read(self, node: Node) -> Derivation:
        if isinstance(node.expression, exp.Star) and not isinstance(node.source, exp.SetOperation):
            return _starred(node)
        if isinstance(node.source, exp.Table) and not node.downstream:
            if node.source.name:
                return Derivation("passed", frozenset([_field(node.source, node.name)]))
            # A function that makes rows is parsed as a table without a name; whose columns it was given is not told.
            return Derivation("unknown" if node.source.find(exp.Column) else "derived")
        if isinstance(node.source, exp.Placeholder):
            return Derivation("unknown")
        below = [self.derivation(one) for one in node.downstream]
        kinds = {one.kind for one in below}
        is_plain = isinstance(node.source, exp.SetOperation) or _is_plain(node.expression.unalias())
        kind: Kind = "unknown" if "unknown" in kinds else "passed" if is_plain and "derived" not in kinds else "derived"
        return Derivation(kind, frozenset(read for one in below for read in one.reads))


def _starred(node: Node) -> Derivation:
    """Return how a column comes about that is one of ``*``: it is in the one table that is selected from."""
    tables = [one.source for one in node.downstream if isinstance(one.source, exp.Table) and one.source.name]
    if len(tables) != 1 or len(node.downstream) != 1:
        return Derivation("unknown")
    return Derivation("passed", frozenset([Field(_relation(tables[0]), node.name.partition(".")[2] or node.name)]))


def _field(table: exp.Table, named: str) -> Field:
    return Field(_relation(table), exp.to_column(named, dialect="postgres").name)


def _relation(table: exp.Table) -> str | Source:
    return table.name if table.db == BUILT else (table.db, table.name)


def _is_plain(value: exp.Expr) -> bool:
    if isinstance(value, exp.Coalesce):
        return all(_is_plain(part) for part in (value.this, *value.expressions))
    return isinstance(value, exp.Column)
