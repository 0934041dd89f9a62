"""
The outline of a text of SQL: all that is asked of it later, whatever models there are.

It takes a parser to draw one (core/queries/parsing), and nothing but the outline to find the models in the text.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from minidata.core.memo import Plain

BUILT = "minidata_build"


class SlipError(Exception):
    """A text is not what it must be: what is *said* of it, in which *line* if that is known, and what to do."""

    def __init__(self, said: str, line: int | None = None, hint: str = "") -> None:
        super().__init__(said)
        self.said, self.line, self.hint = said, line, hint


class Table(NamedTuple):
    """
    A relation that is read, from *start* to before *end* of the text; names are as Postgres folds them.

    *is_local* tells that a common table expression of this name is seen there, *has_alias* that it has a name of its
    own in the query. *schema* and *database* are empty where they are not said.
    """

    name: str
    schema: str
    database: str
    start: int
    end: int
    line: int
    is_local: bool
    has_alias: bool
    written: str


class Qualifier(NamedTuple):
    """The ``analytics.stg_orders`` of ``analytics.stg_orders.id``."""

    schema: str
    table: str
    start: int
    end: int


class Dotted(NamedTuple):
    """
    Two names with a dot between, whatever they are.

    *follows* is what comes next: ``.`` for another dot, ``as`` for what can begin an alias, nothing for all else.
    """

    first: str
    second: str
    start: int
    end: int
    line: int
    follows: str


class Outline(NamedTuple):
    """
    What a text says.

    It goes as far as *end*. Only what is *understood*, by a parser, has *tables* and *qualifiers*. *dotted* are all
    names with dots; *strings* spans of those strings in which a template has written a relation. *all_words* are its
    words and signs as they are written, with NUL between.
    """

    end: int
    understood: bool
    all_words: str
    dotted: Sequence[Dotted]
    strings: Sequence[tuple[int, int]]
    tables: Sequence[Table] = ()
    qualifiers: Sequence[Qualifier] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """Its words and signs, in their order."""
        return tuple(self.all_words.split("\0")) if self.all_words else ()

    def plain(self) -> Plain:
        """Return it as tuples of texts and numbers."""
        end, understood, words, *parts = self
        return end, understood, words, *(tuple(map(tuple, some)) for some in parts)


def outline_of(plain: Any) -> Outline:
    """Return what was made plain."""
    end, understood, words, dotted, strings, tables, qualifiers = plain
    return Outline(
        end,
        understood,
        words,
        [Dotted(*one) for one in dotted],
        strings,
        [Table(*one) for one in tables],
        [Qualifier(*one) for one in qualifiers],
    )
