"""Hooks: SQL that a Model brings along, statement by statement, and what it may do."""

import re
from collections.abc import Iterable, Iterator, Sequence

from minidata.core.dialect.words import ELSEWHERE
from minidata.core.errors import ConfigError
from minidata.core.modelling.models import Statement
from minidata.core.places import Place
from minidata.core.queries.relations import PUBLISHED, quoted
from minidata.core.queries.sqltext import Query
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
# What may read the model, and does something to others.
_READING = re.compile(
    r"(?:select|values|with|create\s+(?:or\s+replace\s+)?(?:(?:temp|temporary|unlogged)\s+)?"
    r"(?:table|view|materialized\s+view))\b",
    re.IGNORECASE,
)
_CODE = re.compile(r"(?:do|create\s+(?:or\s+replace\s+)?(?:function|procedure))\b", re.IGNORECASE)
_CHANGING = frozenset({"DELETE", "INSERT", "MERGE", "TRUNCATE", "UPDATE"})
_INTO = re.compile(r"(?:\s|--[^\n]*\n?|/\*.*?\*/)*insert\s+into\s+", re.IGNORECASE | re.DOTALL)
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


def check_bound(text: str, models: Iterable[str], place: Place) -> None:
    """Raise ConfigError for a block of code, once models are bound in it, that names one: what readers see is there."""
    if not _CODE.match(text, _begin(text)):
        return
    for model in models:
        if quoted(PUBLISHED, model) in text:
            raise ConfigError(f"{place}: a hook's code cannot name the model {model}", hint=ELSEWHERE)


def writes_to(hooks: Sequence[Statement], model: str) -> bool:
    """Whether one of *hooks* may change rows of *model* itself, or what its table is."""
    return any(is_about(hook.query, model) and not _is_harmless(hook.query.text) for hook in hooks)


def is_about(query: Query, model: str) -> bool:
    """Whether a hook does something to *model* itself, and does not surely only read its rows."""
    starts = [mention.start for mention in query.mentions if mention.model == model]
    if not starts or _are_several(query.text):
        return bool(starts)
    changing = [word for word in query.words if word.upper() in _CHANGING]
    if _first_word(query.text) == "insert" and len(changing) == 1:
        return bool(_INTO.fullmatch(query.text[: starts[0]]))
    return bool(changing) or not _READING.match(query.text, _begin(query.text))


def _are_several(text: str) -> bool:
    return bool(parted(text)[0] and parted(text)[1].strip())


def _is_harmless(text: str) -> bool:
    return not _are_several(text) and (_first_word(text) in _HARMLESS or bool(_INDEX.match(text, _begin(text))))


def _first_word(statement: str) -> str:
    word = _WORD.match(statement, _begin(statement))
    return word[0].lower() if word else ""


def _begin(text: str) -> int:
    """Return where what is no comment begins."""
    at = _LEADING.match(text)
    return at.end() if at else 0
