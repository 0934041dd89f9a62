"""The quarantine, looked into: what was not loaded and why, in groups or one by one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import sql

from minidata.adapters.database.connection import Database
from minidata.core.bodies.pointers import field_of
from minidata.core.errors import EngineError
from minidata.core.run_ids import run_id
from minidata.core.runs import began

# In the place of a record's: that of the whole body.
BODY = -1

UP_TO_DATE = """
select 1 from pg_attribute where attrelid = to_regclass('minidata.quarantine') and attname = 'discarded_at'
"""
# A pointer with its numbers left out: what is wrong in one item of a list is wrong in others.
_FIELD = "regexp_replace(q.pointer, '/[0-9]+(?=/|$)', '[]', 'g')"
MEANT = """
from minidata.quarantine q join minidata.object o on o.id = q.object and not o.rebuild
where (%(source)s::text is null or o.source = %(source)s)
  and (%(stream)s::text is null or o.stream = %(stream)s)
  and (%(code)s::text is null or q.code = %(code)s)
  and (%(since)s::text is null or o.run >= %(since)s)
  and (%(until)s::text is null or o.run < %(until)s)
  and (%(run)s::text is null or starts_with(o.run, %(run)s))
  and (%(ids)s::bigint[] is null or q.id = any(%(ids)s))
  and (%(key)s::text is null or o.key = %(key)s)
  and (%(record)s::integer is null or coalesce(q.record, -1) = %(record)s)
  and (%(discarded)s::boolean is null or (q.discarded_at is not null) = %(discarded)s)
"""
# First by object, which sorts numbers and no texts.
_GROUPS = f"""
with told as (
  select q.object, q.code, {_FIELD} as field, count(distinct coalesce(q.record, -1)) as records, max(q.id) as example
  {MEANT}
  group by 1, 2, 3
), found as (
  select o.source, o.stream, t.code, t.field, sum(t.records)::bigint as records, min(o.run) as first,
    max(o.run) as last, max(t.example) as example
  from told t join minidata.object o on o.id = t.object group by 1, 2, 3, 4
)
select f.source, f.stream, f.code, f.field, f.records, f.first, f.last, f.example, o.key, q.record
from found f join minidata.quarantine q on q.id = f.example join minidata.object o on o.id = q.object
order by f.source, f.stream, f.records desc, f.code, f.field
limit %(limit)s
"""  # noqa: S608 - made of constants
_REASONS = f"""
select q.id, o.source, o.stream, o.run, o.page, o.key, q.record, q.code, q.pointer, q.message, q.detail,
  q.row_fingerprint, q.quarantined_at, q.discarded_at, q.discard_reason
{MEANT}
order by o.source, o.stream, o.run, o.page, q.record nulls first, q.id
limit %(limit)s
"""
_RECORDS = f"select count(*) from (select distinct q.object, q.record {MEANT}) meant"  # noqa: S608 - made of constants


@dataclass(frozen=True, slots=True)
class Which:
    """
    What of the quarantine is meant; None means any.

    *run* is a Run's id or its beginning; *since* and *until* bound when Runs began. *ids* are those of reasons, *key*
    is that of an object, *record* a place in it, or BODY. *discarded* asks for those that are discarded, or are not.
    """

    source: str | None = None
    stream: str | None = None
    code: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    run: str | None = None
    ids: tuple[int, ...] | None = None
    key: str | None = None
    record: int | None = None
    discarded: bool | None = False

    @property
    def narrow(self) -> bool:
        """Whether something is meant, and not all of it."""
        return self != Which(discarded=self.discarded)

    @property
    def params(self) -> dict[str, Any]:
        """What the queries here are asked with. Ids of Runs sort by time."""
        return {
            "source": self.source,
            "stream": self.stream,
            "code": self.code,
            "since": run_id(self.since, "") if self.since else None,
            "until": run_id(self.until, "") if self.until else None,
            "run": self.run,
            "ids": None if self.ids is None else list(self.ids),
            "key": self.key,
            "record": self.record,
            "discarded": self.discarded,
        }


@dataclass(frozen=True, slots=True)
class Group:
    """
    Records with one *code* in one *field* of a Stream: how many, when the first and the last were fetched.

    *field* is spelled ``items[].price``. *example* is the id of a reason, of the *record* (None: all) of object *key*.
    """

    source: str
    stream: str
    code: str
    field: str
    records: int
    first_seen: datetime | None
    last_seen: datetime | None
    example: int
    key: str
    record: int | None


@dataclass(frozen=True, slots=True)
class Reason:
    """
    One reason why a record was not loaded, as `Rejected` has it, and which record: *record* of the object at *key*.

    *fingerprint* is that of the Row that refused it.
    """

    id: int
    source: str
    stream: str
    run: str
    page: int
    key: str
    record: int | None
    code: str
    pointer: str
    message: str
    detail: str
    fingerprint: str
    quarantined_at: datetime
    discarded_at: datetime | None
    discard_reason: str | None


def is_there(database: Database) -> bool:
    """
    Return whether anything was ever loaded: before that there is no quarantine.

    Raises EngineError for that of an older minidata, which the next Load brings up to date.
    """
    if database.one("select to_regclass('minidata.quarantine')") == (None,):
        return False
    if not database.one(UP_TO_DATE):
        raise EngineError("the quarantine is that of an older minidata", hint="run `minidata load`, it mends that")
    return True


def groups(database: Database, which: Which, limit: int) -> list[Group]:
    """Return what is meant in groups, by Stream and the most records first, no more than *limit* of them."""
    found = database.rows(sql.SQL(_GROUPS), {**which.params, "limit": limit})
    return [
        Group(source, stream, code, field_of(pointer), records, began(first), began(last), example, key, record)
        for source, stream, code, pointer, records, first, last, example, key, record in found
    ]


def reasons(database: Database, which: Which, limit: int) -> list[Reason]:
    """Return the reasons that are meant, in the order of the records, no more than *limit* of them."""
    return [Reason(*row) for row in database.rows(sql.SQL(_REASONS), {**which.params, "limit": limit})]


def count(database: Database, which: Which) -> int:
    """Return how many records (a whole body is one) are meant."""
    row = database.one(sql.SQL(_RECORDS), which.params)
    return int(row[0]) if row else 0


def hashes(database: Database, keys: Iterable[str]) -> Mapping[str, str]:
    """Return the sha256 of each of the loaded objects at *keys*."""
    return dict(
        database.rows("select key, sha256 from minidata.object where key = any(%s) and not rebuild", [list(keys)])
    )
