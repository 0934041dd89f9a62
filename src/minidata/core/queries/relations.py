"""Which relations a parsed query reads, and where in its text models are named."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import Token, TokenType, exp

from minidata.core.errors import ConfigError, UnknownName
from minidata.core.places import Place

PUBLISHED = "analytics"
# Schemas of Postgres's own: reading them is no edge of the graph.
_SYSTEM = frozenset({"pg_catalog", "information_schema"})

Source = tuple[str, str]


def quoted(*names: str) -> str:
    """Return a name, or a name within a schema, as Postgres reads it whatever is in it."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


@dataclass(frozen=True, slots=True)
class Mention:
    """
    A model named in a text, from *start* to before *end*.

    Without an alias of its own the relation gets the model's name as one, so that ``stg_orders.id`` goes on meaning
    the same; so does a *qualifier*, the ``analytics.stg_orders`` of ``analytics.stg_orders.id``.
    """

    start: int
    end: int
    model: str
    alias: bool = False
    qualifier: bool = False

    def replaced(self, relation: str) -> str:
        """Return what stands there when the model's relation is *relation*."""
        if self.qualifier:
            return quoted(self.model)
        return f"{relation} as {quoted(self.model)}" if self.alias else relation


@dataclass(frozen=True)
class Reader:
    """Finds out what the relations in a parsed text are."""

    where: Place
    models: frozenset[str]

    def mentions(self, tree: exp.Expr) -> Iterator[Mention]:
        """Yield where models are named, as relations and as qualifiers of columns."""
        for table in tree.find_all(exp.Table):
            model = self._model(table)
            if model:
                start, end = _span(table.args.get("db") or table.this, table.this)
                yield Mention(start, end, model, alias=not table.args.get("alias"))
        for column in tree.find_all(exp.Column):
            schema, table_name = column.args.get("db"), column.args.get("table")
            if schema and table_name and _folded(schema) == PUBLISHED and _folded(table_name) in self.models:
                start, end = _span(schema, table_name)
                yield Mention(start, end, _folded(table_name), qualifier=True)

    def sources(self, tree: exp.Expr) -> Iterator[Source]:
        """Yield the tables that are no models: those of other schemas."""
        for table in tree.find_all(exp.Table):
            schema = table.args.get("db")
            if schema and isinstance(table.this, exp.Identifier) and _folded(schema) not in {PUBLISHED, *_SYSTEM}:
                yield _folded(schema), _folded(table.this)

    def check_all_found(self, tokens: Sequence[Token], mentions: Sequence[Mention]) -> None:
        """Raise ConfigError for a model where the parser sees no relation: what is published would be read there."""
        found = {mention.start for mention in mentions}
        for schema, dot, name in zip(tokens, tokens[1:], tokens[2:], strict=False):
            is_model = schema.text.lower() == PUBLISHED and dot.token_type == TokenType.DOT and name.text in self.models
            if is_model and schema.start not in found:
                raise ConfigError(f"{self.where.at(schema.line)}: {PUBLISHED}.{name.text} is not understood here")

    def _model(self, table: exp.Table) -> str | None:
        """Return the model that *table* names; None for a source, a common table expression, a function."""
        if not isinstance(table.this, exp.Identifier):
            return None
        name, schema = _folded(table.this), table.args.get("db")
        if table.args.get("catalog"):
            raise ConfigError(f"{self._place(table)}: {table.sql('postgres')} names a database", hint="leave it out")
        if schema is None and (name in _visible(table) or name.startswith("pg_")):
            return None
        if schema is not None and _folded(schema) != PUBLISHED:
            return None
        if name not in self.models:
            hint = "name a source's table with its schema: shop.orders"
            raise UnknownName("model", name, self.models, where=str(self._place(table)), hint=hint)
        return name

    def _place(self, table: exp.Table) -> Place:
        return self.where.at(int(table.this.meta["line"]))


def _folded(name: exp.Expr) -> str:
    """Return the name as Postgres folds it."""
    return str(name.name) if name.args.get("quoted") else str(name.name).lower()


def _span(first: exp.Expr, last: exp.Expr) -> tuple[int, int]:
    return int(first.meta["start"]), int(last.meta["end"]) + 1


def _visible(table: exp.Expr) -> frozenset[str]:
    """Return the names of the common table expressions that *table* could mean."""
    names: set[str] = set()
    node: exp.Expr = table
    while node.parent is not None:
        parent = node.parent
        if isinstance(parent, exp.With):
            # One of them sees those before it, and itself where they are recursive.
            ctes = parent.expressions
            seen = ctes if parent.args.get("recursive") else ctes[: ctes.index(node)]
            names |= {_cte_name(cte) for cte in seen}
        elif isinstance(parent, exp.Query) and not isinstance(node, exp.With):
            names |= {_cte_name(cte) for cte in parent.ctes}
        node = parent
    return frozenset(names)


def _cte_name(cte: exp.Expr) -> str:
    return _folded(cte.args["alias"].this)
