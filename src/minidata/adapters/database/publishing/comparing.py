"""
Two relations compared: which rows came, went and changed, and in which columns.

Rows are told apart by a key. Without one, or where it is not unique, a row is a row only as a whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from psycopg import sql

from minidata.adapters.database.connection import Database
from minidata.adapters.database.publishing.reshaping import ViewColumn, all_columns
from minidata.core.queries.sqltext import BUILT

_EXAMPLES = 5

_UNIQUE = "select not exists (select from {relation} group by {keys} having count(*) > 1)"
_COUNTS = """
select count(*) filter (where o."~" is null), count(*) filter (where n."~" is null),
  count(*) filter (where o."~" and n."~" and ({differs})) {each}
from (select *, true as "~" from {old}) o full join (select *, true as "~" from {new}) n on {same}
"""
_ROWS = """
select case when o."~" is null then 'added' when n."~" is null then 'removed' else 'changed' end,
  to_jsonb(o) - '~', to_jsonb(n) - '~'
from (select *, true as "~" from {old}) o full join (select *, true as "~" from {new}) n on {same}
where o."~" is null or n."~" is null or {differs} limit {limit}
"""
_WHOLE = """
with o as (select to_jsonb(r) as row, count(*) as rows from {old} r group by 1),
  n as (select to_jsonb(r) as row, count(*) as rows from {new} r group by 1)
select n.rows > coalesce(o.rows, 0), abs(coalesce(n.rows, 0) - coalesce(o.rows, 0)), coalesce(n.row, o.row)
from o full join n on o.row = n.row where o.rows is distinct from n.rows order by 3::text
"""


@dataclass(frozen=True)
class Changes:
    """
    What is different: rows *added*, *removed* and *changed*, and how often each of the *columns* is.

    *old_columns* are gone and *new_columns* have come, which are not compared; *retyped* have another type, and are: a
    number is the same whatever its type. *examples* are some of the rows: what happened, the row before, the row after.
    """

    key: tuple[str, ...]
    added: int
    removed: int
    changed: int
    columns: Mapping[str, int] = field(default_factory=dict)
    new_columns: tuple[str, ...] = ()
    old_columns: tuple[str, ...] = ()
    retyped: tuple[str, ...] = ()
    examples: tuple[tuple[str, object, object], ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether both are the same."""
        counts = (self.added, self.removed, self.changed)
        return not any(counts) and not (self.new_columns or self.old_columns or self.retyped)


def compare(database: Database, old: str, new: str, keys: Sequence[Sequence[str]]) -> Changes:
    """Return what is different between two built relations; of *keys* the first that is one of both is taken."""
    columns = all_columns(database, [(BUILT, old), (BUILT, new)])
    before, after = ({one.name: one for one in columns[BUILT, name]} for name in (old, new))
    shape = Changes(
        (),
        0,
        0,
        0,
        new_columns=tuple(name for name in after if name not in before),
        old_columns=tuple(name for name in before if name not in after),
        retyped=tuple(
            f"{name}: {before[name].type} → {after[name].type}"
            for name in before.keys() & after.keys()
            if before[name] != after[name]
        ),
    )
    both = [one for name, one in before.items() if name in after]
    relations = {"old": sql.Identifier(BUILT, old), "new": sql.Identifier(BUILT, new)}
    for key in keys:
        if (
            key
            and set(key) <= {one.name for one in both}
            and all(_is_key(database, one, key) for one in relations.values())
        ):
            return _by_key(database, relations, key, both, shape)
    return _as_wholes(database, relations, both, shape)


def _is_key(database: Database, relation: sql.Identifier, key: Sequence[str]) -> bool:
    keys = sql.SQL(", ").join(map(sql.Identifier, key))
    return database.one(sql.SQL(_UNIQUE).format(relation=relation, keys=keys)) == (True,)


def _by_key(
    database: Database,
    relations: Mapping[str, sql.Identifier],
    key: Sequence[str],
    columns: Sequence[ViewColumn],
    shape: Changes,
) -> Changes:
    rest = [one.name for one in columns if one.name not in key]
    each = [sql.SQL("to_jsonb(o.{0}) is distinct from to_jsonb(n.{0})").format(sql.Identifier(name)) for name in rest]
    counted = [sql.SQL(', count(*) filter (where o."~" and n."~" and {})').format(one) for one in each]
    parts = {
        **relations,
        "differs": sql.SQL(" or ").join(each) if each else sql.SQL("false"),
        "each": sql.SQL("").join(counted),
        "same": sql.SQL(" and ").join(sql.SQL("o.{0} = n.{0}").format(sql.Identifier(name)) for name in key),
        "limit": sql.Literal(_EXAMPLES),
    }
    added, removed, changed, *counts = database.one(sql.SQL(_COUNTS).format(**parts)) or (0, 0, 0)
    examples = database.rows(sql.SQL(_ROWS).format(**parts)) if added or removed or changed else []
    return replace(
        shape,
        key=tuple(key),
        added=added,
        removed=removed,
        changed=changed,
        columns={name: count for name, count in zip(rest, counts, strict=True) if count},
        examples=tuple((str(what), before, after) for what, before, after in examples),
    )


def _as_wholes(
    database: Database, relations: Mapping[str, sql.Identifier], columns: Sequence[ViewColumn], shape: Changes
) -> Changes:
    names = sql.SQL(", ").join(sql.Identifier(one.name) for one in columns)
    chosen = {name: sql.SQL("(select {} from {})").format(names, relation) for name, relation in relations.items()}
    rows = database.rows(sql.SQL(_WHOLE).format(**chosen))
    return replace(
        shape,
        added=sum(int(count) for came, count, _ in rows if came),
        removed=sum(int(count) for came, count, _ in rows if not came),
        examples=tuple(("added", None, row) if came else ("removed", row, None) for came, _, row in rows[:_EXAMPLES]),
    )
