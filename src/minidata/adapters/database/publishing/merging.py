"""
New rows joined to those of a table with versions: appended, in place of others, or merged, as dbt does each.

No row that is there is changed: one that is replaced dies at the new number, and its successor is born at it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from minidata.adapters.database.authored import Authored
from minidata.adapters.database.connection import Database
from minidata.adapters.database.publishing.building import make
from minidata.adapters.database.publishing.indexing import BORN, DIED
from minidata.adapters.database.publishing.versioning import NEVER
from minidata.core.modelling.configuring import Config
from minidata.core.modelling.increments import Reshaping, named_columns, updated_columns
from minidata.core.queries.sqltext import BUILT

_APPEND = "insert into {base} ({taken}, {born}) select {taken}, {number} from {new}"
# The aliases are dbt's, for predicates that authors write.
_DELETE = """
update {base} as dbt_internal_dest set {died} = {number}
where {died} = {never} and ({keys}) in (select {keys} from {new} as dbt_internal_source) and {predicates}
"""
# MERGE itself says, in Postgres's words, when two new rows are for one that is there.
_REPLACE = """
merge into {base} as dbt_internal_dest using {new} as dbt_internal_source
on dbt_internal_dest.{died} = {never} and {same} and {predicates}
when matched then update set {died} = {number}
"""
# What has just died is what the new rows replace; columns that they do not write are as they were.
_MERGED = """
insert into {base} ({columns}, {born}) select {values}, {number}
from {new} as dbt_internal_source
left join {base} as dbt_internal_dest on dbt_internal_dest.{died} = {number} and {same}
"""


@dataclass(frozen=True)
class Delta:
    """Rows of the table *new* that come to the table *base* at *number*, with columns as *shape* says."""

    base: str
    number: int
    shape: Reshaping
    new: sql.Identifier


def join(database: Database, query: Authored, config: Config, delta: Delta) -> int:
    """Join the rows that *query* has returned; return how many. Raises ConfigError when they do not fit."""
    columns = [one.name for one in delta.shape.shown]
    keys = named_columns(query.what, "unique_key", config.unique_key, set(columns) & set(delta.shape.taken))
    names: dict[str, sql.Composable] = {
        "base": sql.Identifier(BUILT, delta.base),
        "new": delta.new,
        "taken": _list(delta.shape.taken),
        "columns": _list(columns),
        "keys": _list(keys),
        "born": sql.Identifier(BORN),
        "died": sql.Identifier(DIED),
        "number": sql.Literal(delta.number),
        "never": sql.Literal(NEVER),
        "same": sql.SQL(" and ").join(map(_same, keys)),
        "predicates": _predicates(config),
    }
    if config.strategy == "append" or not keys:
        return make(database, query, sql.SQL(_APPEND).format(**names))
    if config.strategy == "delete+insert":
        make(database, query, sql.SQL(_DELETE).format(**names))
        return make(database, query, sql.SQL(_APPEND).format(**names))
    make(database, query, sql.SQL(_REPLACE).format(**names))
    names["values"] = _values(delta.shape, updated_columns(query.what, config, delta.shape.taken))
    return make(database, query, sql.SQL(_MERGED).format(**names))


def _values(shape: Reshaping, updated: Sequence[str]) -> sql.Composed:
    """Return what a merged row has in each column."""
    parts = []
    for one in shape.shown:
        name = sql.Identifier(one.name)
        new = sql.SQL("dbt_internal_source.{}").format(name) if one.name in shape.taken else sql.SQL("null")
        if one.name in updated:
            parts.append(new)
        else:
            kept = "case when dbt_internal_dest.{} is null then {} else dbt_internal_dest.{} end"
            parts.append(sql.SQL(kept).format(sql.Identifier(DIED), new, name))
    return sql.SQL(", ").join(parts)


def _same(key: str) -> sql.Composed:
    return sql.SQL("dbt_internal_dest.{0} = dbt_internal_source.{0}").format(sql.Identifier(key))


def _predicates(config: Config) -> sql.Composed:
    """Return what rows must keep besides to be replaced."""
    # Each has been read as one expression that only reads.
    each = [sql.SQL("({}\n)").format(sql.SQL(one)) for one in config.incremental_predicates]
    return sql.SQL(" and ").join(each) if each else sql.Composed([sql.SQL("true")])


def _list(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))
