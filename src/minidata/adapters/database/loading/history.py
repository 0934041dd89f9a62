"""
History: each version of a key is a row of its own, a type-2 slowly changing dimension.

A history table has, behind the Row's columns and in this order:

    valid_from   timestamptz not null   when the first record that says so was fetched
    valid_to     timestamptz            when the next version began or the key was deleted; null: valid now
    _closed_by   bigint                 the object whose record ended the version; null: valid now
    _record      integer not null       where the version was first seen …
    _object      bigint not null        … which is its primary key: (_object, _record)

with a unique index on the key ``where valid_to is null``, since one version of a key is valid now, and one on the key
and valid_from. Its child tables are tied to it by ``_object`` and ``_record``; they have no periods of their own.

Records are taken in the order of their places, each key's last one of a page. One that says what the valid version
says, in all columns and all children, changes nothing; where equal is what Postgres calls so. Where the clock went
back, a version begins when the one before it ended, never earlier.
"""

from collections.abc import Iterator

from psycopg import sql

from minidata.adapters.database.connection import Database
from minidata.adapters.database.ledger.forgetting import forget_from
from minidata.adapters.database.loading.precedence import lock, objects_from, same
from minidata.adapters.database.loading.staging import Claimed, children_of, gone_of, in_order_of_pages, rows_of, stage
from minidata.adapters.database.targets import Target
from minidata.core.errors import RefusedError
from minidata.core.marks import OBJECT, RECORD
from minidata.core.runs import Manifest
from minidata.core.tables import Table

_VERSIONS = sql.Identifier("pg_temp", "minidata_versions")
_OF_CHILD = """
array(
  select row({columns}) from (
    select {columns} from {table} c where (c.{object}, c.{record}) = (s.{object}, s.{record})
    union all select {columns} from {staged} c where (c.{object}, c.{record}) = (s.{object}, s.{record})
  ) c order by {links}
)
"""
# What is said of each key in turn, beginning with the version that is valid; a delete says nothing but that.
_TAKE = """
create temp table minidata_versions on commit drop as
with pages as (
  select * from unnest(%(objects)s::bigint[], %(times)s::timestamptz[]) with ordinality as page (id, fetched_at, turn)
), staged as (
  select {columns}, false as gone from {rows} union all select {columns}, true from {gone}
), said as (
  select s.*, page.turn, page.fetched_at from staged s join pages page on page.id = s.{object}
  union all
  select valid.*, false, 0, null from (select distinct {keys} from staged) s cross join lateral
    (select {columns} from {table} t where {same} and t.valid_to is null offset 0) valid
), news as (
  select *, (gone, {says}) is not distinct from lag((gone, {says})) over one as known,
    row_number() over one = 1 as first
  from said s window one as (partition by {keys} order by turn)
), changes as (
  select s.*, (select max(coalesce(t.valid_to, t.valid_from)) from {table} t where {same}) as before
  from news s where not (known or (first and gone))
), begun as (
  select *, greatest(before, max(fetched_at) over (partition by {keys} order by turn)) as valid_from from changes
)
select {columns}, gone, turn, valid_from, lead(valid_from) over one as valid_to, lead({object}) over one as _closed_by
from begun window one as (partition by {keys} order by turn)
"""
_CLOSE = """
update {table} t set valid_to = s.valid_to, _closed_by = s._closed_by from {versions} s
where (t.{object}, t.{record}) = (s.{object}, s.{record}) and s.turn = 0 and s.valid_to is not null
"""
_OPEN = """
insert into {table} ({columns}, valid_from, valid_to, _closed_by)
select {columns}, valid_from, valid_to, _closed_by from {versions} where turn > 0 and not gone
"""
_BEAR = """
insert into {table} ({columns}) select {columns} from {staged} c
where exists (select from {versions} s where (s.{object}, s.{record}) = (c.{object}, c.{record}) and not s.gone)
"""
_TRACE = {"object": sql.Identifier(OBJECT), "record": sql.Identifier(RECORD)}


def write(database: Database, target: Target, manifest: Manifest, claimed: Claimed) -> None:
    """
    Write the versions that begin and end with the pages *claimed*, after all that are there.

    Raises RefusedError when one comes before what is there: `rewind` first.
    """
    lock(database, target)
    claimed = in_order_of_pages(claimed)
    _check_in_order(database, target, manifest.run, claimed)
    rows = stage(database, target, target.root, "minidata_stage", rows_of(claimed))
    gone = stage(database, target, target.root, "minidata_gone", gone_of(claimed))
    children = list(_staged_children(database, target, claimed))
    times = [page.page.fetched_at for page in claimed.values()]
    database.run(_take_statement(target, rows, gone, children), {"objects": list(claimed), "times": times})
    names = {"table": target.name(target.root), "columns": target.columns(target.root), "versions": _VERSIONS, **_TRACE}
    database.run(sql.SQL(_CLOSE).format(**names))
    database.run(sql.SQL(_OPEN).format(**names))
    for table, staged in children:
        names |= {"table": target.name(table), "columns": target.columns(table), "staged": staged}
        database.run(sql.SQL(_BEAR).format(**names))


def _check_in_order(database: Database, target: Target, run: str, claimed: Claimed) -> None:
    first = next(iter(claimed.values())).page.number
    query = sql.SQL("select exists (select from ({}) late where id <> all (%s))").format(
        objects_from(target, run, first)
    )
    if database.one(query, [list(claimed)]) == (True,):
        raise RefusedError(
            f"{target.label} keeps a history, and what is to be loaded comes before what is there",
            hint=f"`minidata load --rebuild {target.label}` loads all of it again, in order",
        )


def _staged_children(database: Database, target: Target, claimed: Claimed) -> Iterator[tuple[Table, sql.Identifier]]:
    for number, (table, sheets) in enumerate(children_of(target, claimed)):
        staged = stage(database, target, table, f"minidata_stage_{number}", sheets)
        database.run(sql.SQL("create index on {} ({object}, {record})").format(staged, **_TRACE))
        yield table, staged


def _take_statement(
    target: Target, rows: sql.Identifier, gone: sql.Identifier, children: list[tuple[Table, sql.Identifier]]
) -> sql.Composed:
    columns = [sql.Identifier(column.name) for column in target.root.columns]
    lists = [_of_child(target, table, staged) for table, staged in children]
    return sql.SQL(_TAKE).format(
        columns=target.columns(target.root),
        keys=sql.SQL(", ").join(map(sql.Identifier, target.stream.keys)),
        says=sql.SQL(", ").join([*columns, *lists]),
        same=same(target.stream.keys, "t", "s"),
        table=target.name(target.root),
        rows=rows,
        gone=gone,
        **_TRACE,
    )


def _of_child(target: Target, table: Table, staged: sql.Identifier) -> sql.Composed:
    """Return the expression for all that *table* or its stage has of the version ``s``."""
    return sql.SQL(_OF_CHILD).format(
        columns=sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns),
        links=sql.SQL(", ").join(sql.Identifier(column.name) for column in table.links),
        table=target.name(table),
        staged=staged,
        **_TRACE,
    )


def rewind(database: Database, target: Target, run: str, page: int) -> None:
    """
    Make the history what it was before page *page* of *run*, and forget that object and all after it.

    Inside a transaction. What is loaded next, in order, gives what loading in order from the start would have given.
    """
    late = objects_from(target, run, page)
    # Whoever retries one of their records has the object first and the table then.
    database.run(late + sql.SQL(" for update"))
    lock(database, target)
    names = {"late": late, **_TRACE}
    for table in reversed(target.tables):
        database.run(sql.SQL("delete from {} where {object} in ({late})").format(target.name(table), **names))
    database.run(
        sql.SQL("update {} set valid_to = null, _closed_by = null where _closed_by in ({late})").format(
            target.name(target.root), **names
        )
    )
    forget_from(database, target, run, page)
