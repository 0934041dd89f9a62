"""What a difference between a table and its Row is, and what is known besides when one is looked for."""

from collections.abc import Collection
from dataclasses import dataclass

from minidata.adapters.database.connection import Query
from minidata.core.tables import Table


@dataclass(frozen=True)
class Difference:
    """
    One difference of *table* from its Row: *what*, in words, and the *statements* that take it away.

    *safe* ones are applied by a Load, the others are refused: their statements, if any, are for the person who did it,
    and without any a rebuild helps. *note* says what safe statements leave behind. Where there is an *obstacle*, it is
    not safe after all.
    """

    table: Table
    what: str
    statements: tuple[Query, ...] = ()
    safe: bool = False
    note: str = ""
    obstacle: "Obstacle | None" = None


@dataclass(frozen=True)
class Obstacle:
    """Something that stands against a change if *query* finds a row; *what*, in words."""

    what: str
    query: Query


@dataclass(frozen=True)
class Known:
    """
    What is known of a Stream.

    Whether its *schema* is there, whether the ledger has objects of it, whose *rows* there are, and whether these came
    by the Row as it is *now*. *strays* are names of tables with rows of which the ledger knows nothing, *orphans* those
    of child tables of lists that the Row has not any more.
    """

    schema: bool
    rows: bool
    now: bool
    strays: Collection[str] = ()
    orphans: Collection[str] = ()
