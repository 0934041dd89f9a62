"""Which columns of a Model hold values of the Sources' tables as they are there, through all Models in between."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.lineage import Node, lineage

from minidata.core.modelling.models import Model
from minidata.core.queries.relations import quoted

# schema → table → column → type.
Schema = Mapping[str, Mapping[str, Mapping[str, str]]]


class Origin(NamedTuple):
    """A column of a Source's table."""

    schema: str
    table: str
    column: str


def passed_through(models: Mapping[str, Model], name: str, schema: Schema) -> Mapping[str, frozenset[Origin]]:
    """
    Return, for each column of the model *name*, whose values it holds: columns of the tables in *schema*, unchanged.

    Of several, as in ``coalesce(a.id, b.id)``, it holds one's. Empty where the model's SQL cannot be followed.
    """
    try:
        trees = {one: _tree(model) for one, model in models.items()}
        tables = {one: dict(columns) for one, columns in schema.items()}
        found = lineage(None, trees[name], tables, sources=trees, dialect="postgres")
    except (SqlglotError, RecursionError):
        return {}
    return {column: frozenset(_origins(node)) for column, node in found.items()}


def _tree(model: Model) -> exp.Query:
    """Return the model's query, with the models that it reads named plainly, wherever they are to be found."""
    tree = parse_one(model.query.bound({name: quoted(name) for name in model.query.refs}), dialect="postgres")
    if not isinstance(tree, exp.Query):
        raise SqlglotError(f"{model.name} is no SELECT")
    return tree


def _origins(node: Node) -> Iterator[Origin]:
    if isinstance(node.source, exp.Table) and not node.downstream:
        yield Origin(node.source.db, node.source.name, exp.to_column(node.name, dialect="postgres").name)
    elif _is_plain(node.expression.unalias()):
        for below in node.downstream:
            yield from _origins(below)


def _is_plain(value: exp.Expr) -> bool:
    if isinstance(value, exp.Coalesce):
        return all(_is_plain(part) for part in (value.this, *value.expressions))
    return isinstance(value, exp.Column)
