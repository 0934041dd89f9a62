"""The indexes of what is built, as a model is configured to have them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from psycopg import sql

from minidata.adapters.database.authored import Authored, execute
from minidata.adapters.database.connection import Database
from minidata.core.modelling.configuring import Index
from minidata.core.modelling.fingerprints import digest
from minidata.core.modelling.increments import named_columns
from minidata.core.queries.sqltext import BUILT

# At which version a row came, and at which it was replaced or deleted.
BORN, DIED = "_born", "_died"
_OURS = "index__"
_THERE = """
select i.relname from pg_index x join pg_class i on i.oid = x.indexrelid
where x.indrelid = %s::regclass and starts_with(i.relname, 'index__')
"""


def create(relation: str, what: str, index: Index, columns: Sequence[str], *, versioned: bool = False) -> sql.Composed:
    """
    Return what makes *index* of the built *relation*, whose *columns* it names. Raises ConfigError.

    A *versioned* table has a row again and again; of those that count it has each once.
    """
    named = named_columns(what, "indexes", index.columns, columns)
    keys = [*named, DIED] if versioned and index.unique else named
    return sql.SQL("create {unique}index {name} on {table} using {method} ({keys})").format(
        unique=sql.SQL("unique " if index.unique else ""),
        name=sql.Identifier(_name(relation, index)),
        table=sql.Identifier(BUILT, relation),
        method=sql.Identifier(index.method),
        keys=sql.SQL(", ").join(map(sql.Identifier, keys)),
    )


def keep_up(
    database: Database, relation: str, query: Authored, indexes: Iterable[Index], columns: Sequence[str]
) -> None:
    """Make the table with versions have *indexes*: those that are missing, and none that were there before."""
    wanted = {_name(relation, index): index for index in indexes}
    table = sql.Identifier(BUILT, relation)
    there = {name for (name,) in database.rows(_THERE, [table.as_string()])}
    for name in sorted(there - wanted.keys()):
        database.run(sql.SQL("drop index {}").format(sql.Identifier(BUILT, name)))
    for name in sorted(wanted.keys() - there):
        statement = create(relation, query.what, wanted[name], columns, versioned=True)
        execute(database, replace(query, text=""), statement)


def _name(relation: str, index: Index) -> str:
    return _OURS + digest([relation, list(index.columns), index.unique, index.method])
