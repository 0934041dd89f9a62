"""Tables and views built aside, each with its indexes and hooks in one transaction."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from minidata.adapters.database.authored import SEARCH_PATH, Authored, execute
from minidata.adapters.database.columns import columns_of
from minidata.adapters.database.connection import ANALYST, Database
from minidata.adapters.database.publishing import indexing
from minidata.adapters.database.refusals import Denied
from minidata.core.errors import ConfigError
from minidata.core.modelling.configuring import Index
from minidata.core.modelling.contracts import Contract, breaches
from minidata.core.queries.sqltext import BUILT

# Fewer rows than these Postgres plans well for without having looked at them.
_FEW = 1_000


@dataclass(frozen=True)
class Limits:
    """What a build may take: *seconds* for each statement, 0 for any time; so much room on disk for sorting."""

    seconds: float
    temp_files: str | None = None


@dataclass(frozen=True)
class Candidate:
    """
    A relation to build for *model*: its *name* in ``minidata_build``, its *query* with all names of models replaced.

    *table* or view; *before* and *after* are statements that the model brings along.
    """

    model: str
    name: str
    table: bool
    query: Authored
    indexes: Sequence[Index] = ()
    unlogged: bool = False
    before: Sequence[Authored] = ()
    after: Sequence[Authored] = ()
    contract: Contract | None = None


@contextmanager
def building(database: Database, limits: Limits) -> Iterator[None]:
    """
    One transaction that builds.

    A crash of Postgres may forget it, and then the candidate is simply not there: nobody waits for the disk.
    """
    with database.transaction():
        database.run(
            "select set_config('statement_timeout', %s, true), set_config('synchronous_commit', 'off', true),"
            " set_config('search_path', %s, true)",
            [f"{round(limits.seconds * 1000)}ms", SEARCH_PATH],
        )
        if limits.temp_files:
            _bound_temp_files(database, limits.temp_files)
        yield


def _bound_temp_files(database: Database, size: str) -> None:
    try:
        database.run("select set_config('temp_file_limit', %s, true)", [size])
    except Denied as exc:
        grant = f"grant set on parameter temp_file_limit to {ANALYST}"
        raise Denied(f"{exc} ([analyze] temp_file_limit)", hint=f"a superuser of the database says: {grant}") from exc


def build(database: Database, candidate: Candidate, limits: Limits) -> int | None:
    """
    Build one candidate, all or nothing; return its rows, None for a view's.

    Raises ConfigError when its query is at fault, naming file and line, EngineError when Postgres is, LockedError.
    """
    relation = sql.Identifier(BUILT, candidate.name)
    with building(database, limits):
        run_all(database, candidate.before)
        rows = None
        if candidate.table:
            rows = create_table(
                database, relation, candidate.query, unlogged=candidate.unlogged, contract=candidate.contract
            )
            columns = list(built_columns(database, candidate.name)) if candidate.indexes else []
            for index in candidate.indexes:
                make(database, candidate.query, indexing.create(candidate.name, candidate.query.what, index, columns))
            if rows >= _FEW:
                database.run(sql.SQL("analyze {}").format(relation))
        else:
            if candidate.contract:
                check_contract(database, candidate.query, candidate.contract)
            execute(database, candidate.query, candidate.query.within(sql.SQL("create view {} as").format(relation)))
        run_all(database, candidate.after)
    return rows


def create_table(
    database: Database,
    relation: sql.Identifier,
    query: Authored,
    *,
    unlogged: bool = False,
    contract: Contract | None = None,
) -> int:
    """
    Make the table of what *query* returns; return the number of its rows.

    With a *contract* it has the columns and the constraints of that. Raises ConfigError when the query breaks it.
    """
    create = sql.SQL("create {}table {} ").format(sql.SQL("unlogged " if unlogged else ""), relation)
    if contract is None:
        return execute(database, query, query.within(create + sql.SQL("as"))).rowcount
    check_contract(database, query, contract)
    make(database, query, create + sql.SQL("({})").format(sql.SQL(contract.definitions)))
    names = sql.SQL(contract.names)
    insert = sql.SQL("insert into {} ({}) select {} from (").format(relation, names, names)
    return execute(database, query, query.within(insert, ") as promised")).rowcount


def check_contract(database: Database, query: Authored, contract: Contract) -> None:
    """Raise ConfigError when *query* does not give the columns of *contract*."""
    given = execute(database, query, query.within(sql.SQL("select * from ("), ") as given limit 0"))
    promised = execute(database, replace(query, text=contract.empty), sql.SQL(contract.empty) + sql.SQL(" limit 0"))
    found = list(breaches(_types(promised), _types(given)))
    if found:
        raise ConfigError(f"{query.what} breaks its contract: {'; '.join(found)} ({query.place})")


def _types(cursor: psycopg.Cursor[TupleRow]) -> dict[str, tuple[int, str]]:
    return {column.name: (column.type_code, column.type_display) for column in cursor.description or ()}


def run_all(database: Database, statements: Sequence[Authored]) -> None:
    """Run the statements that a model brings along, in their order."""
    for statement in statements:
        execute(database, statement, statement.within(sql.SQL("")))


def make(database: Database, query: Authored, statement: sql.Composed) -> int:
    """Run a *statement* of ours that what *query* gives may keep from being done; return the number of rows."""
    return execute(database, replace(query, text=""), statement).rowcount


def built_columns(database: Database, relation: str) -> Mapping[str, str]:
    """Return the columns of a built relation, in their order, with their types."""
    return columns_of(database, [(BUILT, relation)]).get((BUILT, relation), {})
