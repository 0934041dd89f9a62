"""Hooks: SQL that a Model brings along, statement by statement, and what it may do."""

import re
from collections.abc import Iterator, Sequence

from minidata.core.errors import ConfigError
from minidata.core.modelling.configuring import ELSEWHERE
from minidata.core.modelling.models import Statement
from minidata.core.places import Place
from minidata.core.queries.statements import parted

_LEADING = re.compile(r"(?:\s|--[^\n]*\n?|/\*.*?\*/|\()*", re.DOTALL)
_WORD = re.compile(r"\w+")
# The build is one transaction, the hooks with it.
_TRANSACTIONS = frozenset(
    {"abort", "begin", "checkpoint", "cluster", "commit", "discard", "end", "prepare", "release", "rollback"}
    | {"savepoint", "start", "vacuum"}
)
# What leaves the rows of the table that it names as they are.
_HARMLESS = frozenset({"analyze", "comment", "explain", "grant", "lock", "revoke", "select", "set", "values"})
_INDEX = re.compile(r"create\s+(?:unique\s+)?index\b", re.IGNORECASE)


def statements(text: str, place: Place) -> Iterator[str]:
    """Yield the statements of a hook's *text*. Raises ConfigError for one that would end the transaction."""
    rest: str = text
    while rest.strip():
        one, rest = parted(rest)
        statement = (rest if one is None else one.rstrip(";")).strip()
        word = _first_word(statement)
        if word in _TRANSACTIONS:
            raise ConfigError(f"{place}: a hook cannot {word.upper()}: it is part of the build", hint=ELSEWHERE)
        if word:
            yield statement
        if one is None:
            return


def writes_to(hooks: Sequence[Statement], model: str) -> bool:
    """Whether one of *hooks* may change rows of *model* itself, or what its table is."""
    return any(
        model in {mention.model for mention in hook.query.mentions} and not _is_harmless(hook.query.text)
        for hook in hooks
    )


def _is_harmless(text: str) -> bool:
    at = _LEADING.match(text)
    return _first_word(text) in _HARMLESS or bool(_INDEX.match(text, at.end() if at else 0))


def _first_word(statement: str) -> str:
    at = _LEADING.match(statement)
    word = _WORD.match(statement, at.end() if at else 0)
    return word[0].lower() if word else ""
