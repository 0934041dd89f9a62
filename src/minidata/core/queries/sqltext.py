"""
What a query's text says: that it is one query and nothing else, and which relations it reads.

The text is parsed to be understood, and run as it was written: only the names of models are replaced in it, each at
its own place, by the relation that was built for the model.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

from minidata.core.errors import ConfigError
from minidata.core.memo import Plain, remembered
from minidata.core.places import Place
from minidata.core.queries.outlines import BUILT, Outline, SlipError, outline_of
from minidata.core.queries.relations import (
    Known,
    Mention,
    Reader,
    Source,
    mentions_of_dotted,
    postgres_of_dotted,
    unknown_of_dotted,
)

__all__ = ["BUILT", "Query", "check_piece", "is_restless", "read_loosely", "read_query"]

# What answers differently though nothing that is read has changed.
_RESTLESS = frozenset(
    {
        "clock_timestamp",
        "current_date",
        "current_time",
        "current_timestamp",
        "gen_random_bytes",
        "gen_random_uuid",
        "localtime",
        "localtimestamp",
        "now",
        "random",
        "random_normal",
        "statement_timestamp",
        "tablesample",
        "timeofday",
        "transaction_timestamp",
        "uuid_generate_v1",
        "uuid_generate_v1mc",
        "uuid_generate_v4",
        "uuidv4",
        "uuidv7",
        # Of these Postgres makes a time where it wants one.
        "'now'",
        "'today'",
        "'tomorrow'",
        "'yesterday'",
    }
)


@dataclass(frozen=True)
class Query:
    """
    One query: its *text*, the models it reads (*refs*), the other tables it reads (*sources*).

    *inward* says whether it reads tables of Postgres's own. Of one that no parser understands nobody knows what it
    reads: *perhaps* those tables, where there are such.
    """

    text: str
    refs: frozenset[str] = frozenset()
    sources: frozenset[Source] = frozenset()
    mentions: tuple[Mention, ...] = ()
    words: tuple[str, ...] = ()
    perhaps: frozenset[Source] = frozenset()
    inward: bool = False

    @cached_property
    def digest(self) -> str:
        """Tell apart texts that differ in more than white space and comments."""
        return hashlib.sha256(json.dumps(self.words).encode()).hexdigest()

    @property
    def restless(self) -> bool:
        """Whether it may answer differently though nothing that anybody knows of has changed: see also is_restless."""
        return self.inward or is_restless(self.words)

    def knowing(self, tables: Collection[Source]) -> "Query":
        """Return it as one that reads those of the *tables* that are there that it perhaps reads."""
        read = self.perhaps.intersection(tables)
        return replace(self, sources=self.sources | read) if read else self

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
    with _told(where):
        outline = outline_of(_outline_query(text))
    if not outline.understood:
        query = _query(text, outline, list(mentions_of_dotted(text, outline, known, alias=True)))
        perhaps = frozenset(unknown_of_dotted(outline, known))
        return replace(query, perhaps=perhaps, inward=postgres_of_dotted(outline))
    reader = Reader(where, known)
    mentions = list(reader.mentions(outline))
    reader.check_all_found(outline, mentions)
    query = _query(text, outline, mentions, frozenset(reader.sources(outline)))
    return replace(query, inward=True) if reader.reads_postgres(outline) else query


def read_loosely(text: str, where: Place, known: Known) -> Query:
    """
    Find the models that *text* names with their schemas, whatever kind of statement it is.

    Raises ConfigError for a quote or a comment without an end.
    """
    with _told(where):
        outline = outline_of(_outline_any(text))
    return _query(text, outline, list(mentions_of_dotted(text, outline, known)))


def check_piece(text: str, where: Place) -> None:
    """Raise ConfigError for SQL that is to stand within a query and would end it, or what it stands in."""
    from minidata.core.queries import parsing  # noqa: PLC0415 - see below

    with _told(where):
        parsing.check_piece(text)


def is_restless(words: Sequence[str]) -> bool:
    """Whether *words*, in their order, ask for the time or for chance."""
    lower = [word.lower() for word in words]
    return not _RESTLESS.isdisjoint(lower) or any(
        _is_age_of_one(lower, at) for at, word in enumerate(lower) if word == "age"
    )


def _is_age_of_one(words: Sequence[str], at: int) -> bool:
    """Whether the ``age`` *at* a place is the function of one moment: the time since, where that of two is a span."""
    if words[at + 1 : at + 2] != ["("]:
        return False
    depth = 0
    for word in words[at + 1 :]:
        depth += {"(": 1, ")": -1}.get(word, 0)
        if depth == 0 or (depth == 1 and word == ","):
            return depth == 0
    return False


def _query(text: str, outline: Outline, mentions: Sequence[Mention], sources: frozenset[Source] = frozenset()) -> Query:
    return Query(
        text=text[: outline.end],
        refs=frozenset(mention.model for mention in mentions),
        sources=sources,
        mentions=tuple(sorted(mentions, key=lambda mention: mention.start)),
        words=outline.words,
    )


@contextmanager
def _told(where: Place) -> Iterator[None]:
    """Turn what is wrong with a text into ConfigError: where it stands, what it is, and what to do."""
    try:
        yield
    except SlipError as exc:
        place = where.at(exc.line) if exc.line else where
        raise ConfigError(f"{place}: {exc.said}" if exc.said else f"{place} is empty", hint=exc.hint) from None


# Each imports the parser when it is needed: that takes longer than to plan a project that was planned before.


@remembered
def _outline_query(text: str) -> Plain:
    from minidata.core.queries.parsing import outline_query  # noqa: PLC0415 - see above

    return outline_query(text).plain()


@remembered
def _outline_any(text: str) -> Plain:
    from minidata.core.queries.parsing import outline_any  # noqa: PLC0415 - see above

    return outline_any(text).plain()
