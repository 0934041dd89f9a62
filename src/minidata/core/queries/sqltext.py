"""
What a query's text says: that it is one query and nothing else, and which relations it reads.

The text is parsed to be understood, and run as it was written: only the names of models are replaced in it, each at
its own place, by the relation that was built for the model.
"""

import hashlib
import json
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlglot import Token, TokenType, exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import ParseError, TokenError

from minidata.core.errors import ConfigError
from minidata.core.places import Place
from minidata.core.queries.relations import Mention, Reader, Source

BUILT = "minidata_build"
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
_FORBIDDEN = {
    "set_config": "set_config changes the session",
    BUILT: f"{BUILT} is not for reading, name the model itself",
}
_ONE_SELECT = "write one SELECT, which changes nothing"

# What the parser says about SQL that it does not know would go to stderr; it is an error of ours already.
logging.getLogger("sqlglot").addHandler(logging.NullHandler())


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


def read_query(text: str, where: Place, models: Collection[str]) -> Query:
    """
    Understand *text*, found at *where*, in a project with these *models*.

    Raises ConfigError when it is anything but one query that only reads, UnknownName for a relation without a schema
    that is no model.
    """
    tokens = _tokens(text, where)
    tree = _parsed(text, where)
    reader = Reader(where, frozenset(models))
    mentions = sorted(reader.mentions(tree), key=lambda mention: mention.start)
    reader.check_all_found(tokens, mentions)
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
        reason = _FORBIDDEN.get(token.text.lower())
        if reason and token.token_type != TokenType.STRING:
            raise _not_one_query(where, token, reason)
    return tokens


def _parsed(text: str, where: Place) -> exp.Expr:
    try:
        tree = Postgres().parse(text)[0]
    except ParseError as exc:
        raise _unreadable(exc, where) from None
    except RecursionError:
        raise ConfigError(f"{where}: the SQL is nested too deeply") from None
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
