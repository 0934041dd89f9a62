"""
What a query's text says: that it is one query and nothing else, and which relations it reads.

The text is parsed to be understood, and run as it was written: only the names of models are replaced in it, each at
its own place, by the relation that was built for the model.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlglot import Token, TokenType, exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import ParseError, TokenError

from minidata.core.errors import ConfigError, UnknownName
from minidata.core.places import Place

PUBLISHED = "analytics"
BUILT = "minidata_build"
# Schemas of Postgres's own: reading them is no edge of the graph.
_SYSTEM = frozenset({"pg_catalog", "information_schema"})
_BEGINNINGS = frozenset({"select", "with", "values", "("})
# Postgres's parser refuses some of these inside a query too, but only after others have been built.
_WRITES = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.DDL, exp.Command, exp.Into)
# What answers differently though nothing that is read has changed.
_RESTLESS = frozenset(
    {
        "clock_timestamp",
        "current_date",
        "current_time",
        "current_timestamp",
        "gen_random_uuid",
        "localtime",
        "localtimestamp",
        "now",
        "random",
        "random_normal",
        "statement_timestamp",
        "timeofday",
        "transaction_timestamp",
        "uuidv4",
        "uuidv7",
    }
)
_ONE_SELECT = "write one SELECT, which changes nothing"

Source = tuple[str, str]


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
class Query:
    """One query: its *text*, the models it reads (*refs*), the other tables it reads (*sources*)."""

    text: str
    refs: frozenset[str]
    sources: frozenset[Source]
    mentions: tuple[Mention, ...]
    words: tuple[tuple[str, str], ...]

    @cached_property
    def digest(self) -> str:
        """Tell apart texts that differ in more than white space and comments."""
        return hashlib.sha256(json.dumps(self.words).encode()).hexdigest()

    @property
    def restless(self) -> bool:
        """Whether it may answer differently though nothing it reads has changed: because of the clock, or by chance."""
        return any(word.lower() in _RESTLESS for kind, word in self.words if kind != "STRING")

    def bound(self, relations: Mapping[str, str]) -> str:
        """Return the text with each model's name replaced by its relation, which is given quoted."""
        parts, at = [], 0
        for mention in self.mentions:
            parts += [self.text[at : mention.start], mention.replaced(relations[mention.model])]
            at = mention.end
        return "".join([*parts, self.text[at:]])


def quoted(*names: str) -> str:
    """Return a name, or a name within a schema, as Postgres reads it whatever is in it."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def read_query(text: str, where: Place, models: Collection[str]) -> Query:
    """
    Understand *text*, found at *where*, in a project with these *models*.

    Raises ConfigError when it is anything but one query that only reads, UnknownName for a relation without a schema
    that is no model.
    """
    tokens = _tokens(text, where)
    tree = _parsed(text, where)
    reader = _Reader(where, frozenset(models))
    mentions = sorted(reader.mentions(tree), key=lambda mention: mention.start)
    return Query(
        text=text[: tokens[-1].end + 1],
        refs=frozenset(mention.model for mention in mentions),
        sources=frozenset(reader.sources(tree)),
        mentions=tuple(mentions),
        words=tuple((token.token_type.name, token.text) for token in tokens),
    )


def _tokens(text: str, where: Place) -> Sequence[Token]:
    """Return the text's tokens without the semicolons at its end; there is at least one."""
    try:
        tokens = Postgres().tokenize(text)
    except TokenError as exc:
        raise ConfigError(f"{where}: the SQL cannot be read: a quote or a comment has no end") from exc
    while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
        tokens.pop()
    if not tokens:
        raise ConfigError(f"{where} is empty", hint="write one SELECT into it")
    second = next((token for token in tokens if token.token_type == TokenType.SEMICOLON), None)
    if second:
        raise _not_one_query(where, second, "there is more than one statement")
    if tokens[0].text.lower() not in _BEGINNINGS:
        raise _not_one_query(where, tokens[0], f"it begins with {tokens[0].text.upper()[:20]}")
    for token in tokens:
        if token.text.lower() == "set_config" and token.token_type != TokenType.STRING:
            raise _not_one_query(where, token, "set_config changes the session")
    return tokens


def _parsed(text: str, where: Place) -> exp.Expr:
    try:
        tree = Postgres().parse(text)[0]
    except ParseError as exc:
        raise _unreadable(exc, where) from None
    if not isinstance(tree, exp.Query | exp.Values):
        raise ConfigError(f"{where}: it is no query", hint=_ONE_SELECT)
    written = tree.find(*_WRITES)
    if written:
        raise ConfigError(f"{where}: it does more than read ({written.key.upper()})", hint=_ONE_SELECT)
    return tree


def _unreadable(exc: ParseError, where: Place) -> ConfigError:
    error = exc.errors[0]
    # The parser's own words may speak of its classes; where it stumbled is what a person needs.
    near = " ".join(str(error.get("highlight") or "").split())
    place = where.at(error.get("line") or 1)
    return ConfigError(f"{place}: the SQL cannot be read" + (f" near {near!r}" if near else ""))


def _not_one_query(where: Place, token: Token, reason: str) -> ConfigError:
    return ConfigError(f"{where.at(token.line)}: {reason}", hint=_ONE_SELECT)


@dataclass(frozen=True)
class _Reader:
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

    def _model(self, table: exp.Table) -> str | None:
        """Return the model that *table* names; None for a source, a common table expression, a function."""
        if not isinstance(table.this, exp.Identifier):
            return None
        name, schema = _folded(table.this), table.args.get("db")
        if table.args.get("catalog"):
            raise ConfigError(f"{self._place(table)}: {table.sql('postgres')} names a database", hint="leave it out")
        if schema is None and (name in _visible(table) or name.startswith("pg_")):
            return None
        if schema is not None and _folded(schema) == BUILT:
            raise ConfigError(f"{self._place(table)}: {BUILT} is not for reading", hint="name the model itself")
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
