"""
What a query's text says: that it is one query and nothing else, and which relations it reads.

The text is parsed to be understood, and run as it was written: only the names of models are replaced in it, each at
its own place, by the relation that was built for the model.
"""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlglot import Token, TokenType, exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import ParseError, TokenError

from minidata.core.errors import ConfigError
from minidata.core.places import Place
from minidata.core.queries.relations import Known, Mention, Reader, Source, mentions_in_tokens

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
_POSTGRES = Postgres()
_ONE_SELECT = "write one SELECT, which changes nothing"

# What the parser says about SQL that it does not know would go to stderr; it is an error of ours already.
logging.getLogger("sqlglot").addHandler(logging.NullHandler())


@dataclass(frozen=True)
class Query:
    """One query: its *text*, the models it reads (*refs*), the other tables it reads (*sources*)."""

    text: str
    refs: frozenset[str] = frozenset()
    sources: frozenset[Source] = frozenset()
    mentions: tuple[Mention, ...] = ()
    words: tuple[str, ...] = ()

    @cached_property
    def digest(self) -> str:
        """Tell apart texts that differ in more than white space and comments."""
        return hashlib.sha256(json.dumps(self.words).encode()).hexdigest()

    @property
    def restless(self) -> bool:
        """Whether it may answer differently though nothing it reads has changed: because of the clock, or by chance."""
        return any(word.lower() in _RESTLESS for word in self.words)

    def bound(self, relations: Mapping[str, str]) -> str:
        """Return the text with each model's name replaced by its relation, which is given quoted."""
        parts, at = [], 0
        for mention in self.mentions:
            parts += [self.text[at : mention.start], mention.replaced(relations[mention.model])]
            at = mention.end
        return "".join([*parts, self.text[at:]])


def read_query(text: str, where: Place, known: Known) -> Query:
    """
    Understand *text*, found at *where*, in a project with the models *known*.

    Raises ConfigError when it is anything but one query that only reads, UnknownName for a relation without a schema
    that is no model. What the parser does not know Postgres may: then models are found where they are named with
    their schema, and Postgres judges the text.
    """
    tokens = _tokens(text, where)
    tree = _parsed(text, tokens, where)
    if tree is None:
        return _query(text, tokens, list(mentions_in_tokens(text, tokens, known, alias=True)))
    reader = Reader(where, known)
    mentions = list(reader.mentions(tree))
    reader.check_all_found(tokens, mentions)
    return _query(text, tokens, mentions, frozenset(reader.sources(tree)))


def read_loosely(text: str, where: Place, known: Known) -> Query:
    """
    Find the models that *text* names with their schemas, whatever kind of statement it is.

    Raises ConfigError for a quote or a comment without an end.
    """
    tokens = _all_tokens(text, where)
    return _query(text, tokens, list(mentions_in_tokens(text, tokens, known)))


def check_piece(text: str, where: Place) -> None:
    """Raise ConfigError for SQL that is to stand within a query and would end it, or what it stands in."""
    depth = 0
    for token in _all_tokens(text, where):
        depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(token.token_type, 0)
        if token.token_type == TokenType.SEMICOLON:
            raise ConfigError(f"{where}: there is more than one statement", hint="write an expression of SQL")
        if depth < 0:
            break
    if depth:
        raise ConfigError(f"{where}: the SQL cannot be read: a parenthesis has no other half")


def _query(
    text: str, tokens: Sequence[Token], mentions: Sequence[Mention], sources: frozenset[Source] = frozenset()
) -> Query:
    return Query(
        text=text[: tokens[-1].end + 1] if tokens else "",
        refs=frozenset(mention.model for mention in mentions),
        sources=sources,
        mentions=tuple(sorted(mentions, key=lambda mention: mention.start)),
        words=tuple(text[token.start : token.end + 1] for token in tokens),
    )


def _tokens(text: str, where: Place) -> list[Token]:
    """Return the text's tokens without the semicolons at its end; there is at least one."""
    tokens = _all_tokens(text, where)
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


def _all_tokens(text: str, where: Place) -> list[Token]:
    try:
        return _POSTGRES.tokenize(text)
    except TokenError as exc:
        raise ConfigError(f"{where}: the SQL cannot be read: a quote or a comment has no end") from exc


def _parsed(text: str, tokens: list[Token], where: Place) -> exp.Expr | None:
    """Return the text as it is understood; None when it is not."""
    try:
        tree = _POSTGRES.parser().parse(tokens, text)[0]
    except ParseError:
        return None
    except RecursionError:
        raise ConfigError(f"{where}: the SQL is nested too deeply") from None
    if not isinstance(tree, exp.Query | exp.Values):
        raise ConfigError(f"{where}: it is no query", hint=_ONE_SELECT)
    written = tree.find(*_WRITES)
    if written:
        raise ConfigError(f"{where}: it does more than read ({written.key.upper()})", hint=_ONE_SELECT)
    return tree


def _not_one_query(where: Place, token: Token, reason: str) -> ConfigError:
    return ConfigError(f"{where.at(token.line)}: {reason}", hint=_ONE_SELECT)
