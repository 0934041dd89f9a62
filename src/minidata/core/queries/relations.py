"""Which relations a parsed query reads, and where in its text models are named."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

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


@dataclass(frozen=True)
class Known:
    """
    The models that a text may name, and where readers see each: its schema and its name there.

    *database* is the one that a text may name before a schema; *schema* has what is named without one and is no model,
    where there is such a schema.
    """

    shown: Mapping[str, Source]
    database: str = ""
    schema: str = ""

    @classmethod
    def of(cls, models: Iterable[str], database: str = "", schema: str = "") -> "Known":
        """Return *models*, each shown under its own name."""
        return cls({model: (PUBLISHED, model) for model in models}, database, schema)

    @cached_property
    def _models(self) -> Mapping[Source, str]:
        # A model's own name comes before the name that another is shown under.
        return {shown: model for model, shown in self.shown.items()} | {
            (PUBLISHED, model): model for model in self.shown
        }

    def model(self, schema: str, name: str) -> str | None:
        """Return the model of this name, or that is shown under it; None for no model."""
        return self._models.get((schema, name))

    def __contains__(self, model: object) -> bool:
        return model in self.shown


@dataclass(frozen=True, slots=True)
class Mention:
    """
    A model named in a text, from *start* to before *end*.

    Without an alias of its own the relation gets *alias* as one, the name that readers know the model by, so that
    ``stg_orders.id`` goes on meaning the same; so does a *qualifier*, the ``analytics.stg_orders`` of
    ``analytics.stg_orders.id``.
    """

    start: int
    end: int
    model: str
    alias: str = ""
    qualifier: bool = False

    def replaced(self, relation: str) -> str:
        """Return what stands there when the model's relation is *relation*."""
        if self.qualifier:
            return quoted(self.alias)
        return f"{relation} as {quoted(self.alias)}" if self.alias else relation


@dataclass(frozen=True)
class Reader:
    """Finds out what the relations in a parsed text are."""

    where: Place
    known: Known

    def mentions(self, tree: exp.Expr) -> Iterator[Mention]:
        """Yield where models are named, as relations and as qualifiers of columns."""
        for table in tree.find_all(exp.Table):
            model = self._model(table)
            if model:
                start, end = _span(table.args.get("catalog") or table.args.get("db") or table.this, table.this)
                alias = "" if table.args.get("alias") else self.known.shown[model][1]
                yield Mention(start, end, model, alias)
        for column in tree.find_all(exp.Column):
            schema, table_name = column.args.get("db"), column.args.get("table")
            if not schema or not table_name:
                continue
            named = self.known.model(_folded(schema), _folded(table_name))
            if named:
                start, end = _span(schema, table_name)
                yield Mention(start, end, named, self.known.shown[named][1], qualifier=True)

    def sources(self, tree: exp.Expr) -> Iterator[Source]:
        """Yield the tables that are no models: those of other schemas."""
        for table in tree.find_all(exp.Table):
            if not isinstance(table.this, exp.Identifier) or self._model(table):
                continue
            name = _folded(table.this)
            schema = _folded(table.args["db"]) if table.args.get("db") else self._elsewhere(table, name)
            if schema and schema not in {PUBLISHED, *_SYSTEM}:
                yield schema, name

    def check_all_found(self, tokens: Sequence[Token], mentions: Sequence[Mention]) -> None:
        """Raise ConfigError for a model where the parser sees no relation: what is published would be read there."""
        found = {mention.start for mention in mentions}
        for schema, dot, name in zip(tokens, tokens[1:], tokens[2:], strict=False):
            is_model = schema.text.lower() == PUBLISHED and dot.token_type == TokenType.DOT and name.text in self.known
            if is_model and schema.start not in found:
                raise ConfigError(f"{self.where.at(schema.line)}: {PUBLISHED}.{name.text} is not understood here")

    def _model(self, table: exp.Table) -> str | None:
        """Return the model that *table* names; None for a source, a common table expression, a function."""
        if not isinstance(table.this, exp.Identifier):
            return None
        name, schema = _folded(table.this), table.args.get("db")
        database = table.args.get("catalog")
        if database and _folded(database) != self.known.database:
            raise ConfigError(f"{self._place(table)}: {table.sql('postgres')} names a database", hint="leave it out")
        if schema is None and (name in _visible(table) or name.startswith("pg_") or self._elsewhere(table, name)):
            return None
        model = self.known.model(PUBLISHED if schema is None else _folded(schema), name)
        if model is None and (schema is None or _folded(schema) == PUBLISHED):
            hint = "name a source's table with its schema: shop.orders"
            raise UnknownName("model", name, self.known.shown, where=str(self._place(table)), hint=hint)
        return model

    def _elsewhere(self, table: exp.Table, name: str) -> str:
        """Return the schema in which a table named without one is looked for; empty for a model, and what is none."""
        if self.known.model(PUBLISHED, name) or name in _visible(table) or name.startswith("pg_"):
            return ""
        return self.known.schema

    def _place(self, table: exp.Table) -> Place:
        return self.where.at(int(table.this.meta["line"]))


def mentions_in_tokens(text: str, tokens: Sequence[Token], known: Known, *, alias: bool = False) -> Iterator[Mention]:
    """
    Yield where models are named with their schemas, in a text that no parser understands.

    With *alias* one that no alias seems to follow gets one. In a string, too, a model may be named, as a template
    writes it.
    """
    after = [*tokens[1:], None]
    for at, token in enumerate(tokens):
        if token.token_type in _STRINGS:
            yield from _mentions_in_string(text, token, known)
        if at + 2 >= len(tokens) or tokens[at + 1].token_type != TokenType.DOT:
            continue
        name = tokens[at + 2]
        model = known.model(_as_named(token), _as_named(name))
        if model:
            following = after[at + 2]
            is_qualifier = following is not None and following.token_type == TokenType.DOT
            named = alias and not (following is not None and following.token_type in _BEGIN_AN_ALIAS)
            shown = known.shown[model][1] if named or is_qualifier else ""
            yield Mention(token.start, name.end + 1, model, shown, is_qualifier)


# How a template writes a model.
_WRITTEN = re.compile(rf'"{PUBLISHED}"\."([^"]+)"')
_STRINGS = frozenset({TokenType.STRING, TokenType.HEREDOC_STRING, TokenType.RAW_STRING, TokenType.BYTE_STRING})
_BEGIN_AN_ALIAS = frozenset({TokenType.ALIAS, TokenType.VAR, TokenType.IDENTIFIER})


def _mentions_in_string(text: str, token: Token, known: Known) -> Iterator[Mention]:
    for written in _WRITTEN.finditer(text, token.start, token.end + 1):
        if written[1] in known:
            yield Mention(written.start(), written.end(), written[1])


def _as_named(token: Token) -> str:
    return token.text if token.token_type == TokenType.IDENTIFIER else token.text.lower()


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
