"""Seeds: the rows of a file of the project, as a table."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from minidata.adapters.database.authored import Authored, translated_for
from minidata.adapters.database.connection import Database
from minidata.adapters.database.publishing import indexing
from minidata.adapters.database.publishing.building import Limits, building, make, run_all
from minidata.core.modelling.configuring import Index
from minidata.core.places import Place
from minidata.core.queries.sqltext import BUILT
from minidata.core.seeds.reading import SeedTable

_AT_A_TIME = 10_000


@dataclass(frozen=True)
class Seeded:
    """The *rows* of the seed *model*, which is at *place*, to build as the table *name*."""

    model: str
    name: str
    place: Place
    rows: SeedTable
    indexes: Sequence[Index] = ()
    unlogged: bool = False
    before: Sequence[Authored] = ()
    after: Sequence[Authored] = ()


def build_seed(database: Database, seed: Seeded, limits: Limits) -> int:
    """
    Build the table, all or nothing; return its rows.

    Raises ConfigError, naming the file, for a type that there is not or a value that is none of its type.
    """
    relation = sql.Identifier(BUILT, seed.name)
    query = Authored(f"seed {seed.model}", "", seed.place)
    with building(database, limits):
        run_all(database, seed.before)
        columns = sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(column.type)) for column in seed.rows.columns
        )
        unlogged = sql.SQL("unlogged " if seed.unlogged else "")
        make(database, query, sql.SQL("create {}table {} ({})").format(unlogged, relation, columns))
        _copy(database, query, relation, seed.rows.lines)
        names = [column.name for column in seed.rows.columns]
        for index in seed.indexes:
            make(database, query, indexing.create(seed.name, query.what, index, names))
        if len(seed.rows.lines) >= _AT_A_TIME:
            database.run(sql.SQL("analyze {}").format(relation))
        run_all(database, seed.after)
    return len(seed.rows.lines)


def _copy(database: Database, query: Authored, relation: sql.Identifier, lines: Sequence[str]) -> None:
    statement = sql.SQL("copy {} from stdin").format(relation)
    with translated_for(query, statement), database.connection.cursor() as cursor, cursor.copy(statement) as copy:
        for start in range(0, len(lines), _AT_A_TIME):
            copy.write("".join(f"{line}\n" for line in lines[start : start + _AT_A_TIME]))
