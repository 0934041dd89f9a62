"""
Snapshots: what a query has given over time, a row for each state of a thing, with the times from and to which it was.

Underneath a snapshot is an incremental Model. What it takes in are the states that are new, and those that have ended,
in place of the same ones when they had not: dbt's rules, and dbt's columns.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from minidata.core.dialect.jinja import SqlFile
from minidata.core.dialect.words import ELSEWHERE
from minidata.core.errors import ConfigError, UnknownName
from minidata.core.modelling.configuring import Config
from minidata.core.places import Place
from minidata.core.properties.properties import ModelNotes
from minidata.core.queries.relations import quoted

_BLOCK = re.compile(r"\{%-?\s*snapshot\s+(\w+)\s*-?%\}(.*?)\{%-?\s*endsnapshot\s*-?%\}", re.DOTALL)
_COLUMN = re.compile(r"\"[^\"]+\"|[^\W\d]\w*")
# A key that is computed stands beside its row, where both sides can be joined by it.
_KEYS = "({relation} cross join lateral (select {keys} from (select {rows}.*) as one) as {rows}_key)"
_ALL = "select * from {{{{ {} }}}}"
_OWN = ("dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to")
_NOW = "now()::timestamp without time zone"
WORDS = frozenset(
    {
        "check_cols", "dbt_valid_to_current", "hard_deletes", "invalidate_hard_deletes", "snapshot_meta_column_names",
        "strategy", "target_database", "target_schema", "unique_key", "updated_at",
    }
)  # fmt: skip
_FIRST = """with snapshot_query as (
{query}
)
select *, {scd_id} as dbt_scd_id, {updated_at} as dbt_updated_at, {updated_at} as dbt_valid_from,
  {valid_to} as dbt_valid_to
from snapshot_query"""
_LATER = """with snapshot_query as (
{query}
),
snapshot_source as (
  select *, {scd_id} as dbt_scd_id, {updated_at} as dbt_updated_at, {updated_at} as dbt_valid_from,
    {valid_to} as dbt_valid_to
  from snapshot_query
)
select new.* from {new} left join {old} on {is_open} and {same}
where old.dbt_scd_id is null or {changed}
union all
select (jsonb_populate_record(old, jsonb_build_object('dbt_valid_to', new.dbt_valid_from))).*
from {old} inner join {new} on {same} where {is_open} and {changed}"""
_GONE = """
union all
select (jsonb_populate_record(old, jsonb_build_object('dbt_valid_to', {now}))).*
from {old} where {is_open} and not exists (select from {new} where {same})"""


@dataclass(frozen=True)
class SnapshotFile(SqlFile):
    """The query of the snapshot *called* so, in lines of its own file."""

    called: str = ""

    @property
    def name(self) -> str:
        """The snapshot's name, which its file need not have."""
        return self.called


@dataclass(frozen=True)
class Snapshot:
    """How a snapshot tells that a thing has another state: *keys* say which thing, *updated_at* since when."""

    keys: tuple[str, ...]
    updated_at: str
    checked: tuple[str, ...] | None = None
    valid_to: str = ""
    ends_what_is_gone: bool = False

    def first(self, query: str) -> str:
        """Return the query of the first states."""
        return _FIRST.format(query=query, **self._parts)

    def later(self, query: str, model: str, schema: str) -> str:
        """Return the query of the states that are new, and of those that have ended since."""
        old, new = f"{quoted(schema, model)} as old", "snapshot_source as new"
        parts = {**self._parts, "old": self._keyed(old, "old"), "new": self._keyed(new, "new")}
        return (_LATER + (_GONE if self.ends_what_is_gone else "")).format(query=query, **parts)

    @property
    def _parts(self) -> dict[str, str]:
        arguments = " || '|' || ".join(f"coalesce(cast({one} as varchar), '')" for one in (*self.keys, self.updated_at))
        still = f"(old.dbt_valid_to = {self.valid_to} or old.dbt_valid_to is null)"
        return {
            "scd_id": f"md5({arguments})",
            "updated_at": self.updated_at,
            "valid_to": self.valid_to or f"nullif({self.updated_at}, {self.updated_at})",
            "is_open": still if self.valid_to else "old.dbt_valid_to is null",
            "same": " and ".join(map(_same, range(len(self.keys)), self.keys)),
            "changed": self._changed,
            "now": _NOW,
        }

    def _keyed(self, relation: str, rows: str) -> str:
        """Return *relation*, joined to those of its keys that are no columns."""
        computed = [f"{key} as key_{at}" for at, key in enumerate(self.keys) if not _COLUMN.fullmatch(key)]
        return _KEYS.format(relation=relation, keys=", ".join(computed), rows=rows) if computed else relation

    @property
    def _changed(self) -> str:
        if self.checked is None:
            return f"old.dbt_valid_from < new.{self.updated_at}"
        if self.checked:
            return "(" + " or ".join(f"old.{one} is distinct from new.{one}" for one in self.checked) + ")"
        own = "array[" + ", ".join(f"'{one}'" for one in _OWN) + "]"
        return f"to_jsonb(old) - {own} is distinct from to_jsonb(new) - {own}"


def snapshot_files(files: Iterable[SqlFile], notes: Iterable[ModelNotes]) -> Iterator[SnapshotFile]:
    """Yield the snapshots, those of blocks in files and those of a relation in properties."""
    for file in files:
        for block in _BLOCK.finditer(file.text):
            # As many lines as are above it, so that what is wrong is told with its own line.
            above = "\n" * file.text.count("\n", 0, block.start(2))
            yield SnapshotFile(file.path, above + block[2], block[1])
    for one in notes:
        if one.relation:
            above = "\n" * ((one.place.line or 1) - 1)
            yield SnapshotFile(one.place.path, above + _ALL.format(one.relation), one.name)


def read_snapshot(said: Mapping[str, Any], place: Place) -> Snapshot:
    """Understand what a snapshot says of itself. Raises ConfigError and UnknownName, naming *place*."""
    if said.get("snapshot_meta_column_names"):
        raise ConfigError(f"{place}: snapshot_meta_column_names are not supported", hint=ELSEWHERE)
    keys = _words(said, "unique_key", place)
    strategy, updated_at = said.get("strategy"), said.get("updated_at")
    deletes = said.get("hard_deletes") or ("invalidate" if said.get("invalidate_hard_deletes") else "ignore")
    if deletes not in {"ignore", "invalidate"}:
        raise ConfigError(f"{place}: hard_deletes is {deletes!r}", hint=f"it is ignore or invalidate; or {ELSEWHERE}")
    plain = Snapshot(keys, str(updated_at or _NOW), None, str(said.get("dbt_valid_to_current") or ""))
    plain = replace(plain, ends_what_is_gone=deletes == "invalidate")
    if strategy == "timestamp":
        _columns(said, "updated_at", place)
        return plain
    if strategy == "check":
        return replace(plain, checked=() if said.get("check_cols") == "all" else _columns(said, "check_cols", place))
    if strategy is None:
        raise ConfigError(f"{place}: a snapshot needs its strategy", hint="it is timestamp or check")
    raise UnknownName("strategy", str(strategy), ["timestamp", "check"], where=str(place), hint=f"or {ELSEWHERE}")


def configured(config: Config) -> Config:
    """Return the config of the incremental Model that a snapshot is: never begun anew, for that would forget."""
    return replace(
        config,
        materialized="incremental",
        unique_key=("dbt_scd_id",),
        incremental_strategy="delete+insert",
        full_refresh=False,
    )


def _same(at: int, key: str) -> str:
    return f"old.{key} = new.{key}" if _COLUMN.fullmatch(key) else f"old_key.key_{at} = new_key.key_{at}"


def _words(said: Mapping[str, Any], word: str, place: Place) -> tuple[str, ...]:
    value = said.get(word)
    words: Sequence[Any] = [value] if isinstance(value, str) else value or []
    if not words:
        raise ConfigError(f"{place}: a snapshot needs its {word}")
    return tuple(map(str, words))


def _columns(said: Mapping[str, Any], word: str, place: Place) -> tuple[str, ...]:
    names = _words(said, word, place)
    for name in names:
        if not _COLUMN.fullmatch(name):
            raise ConfigError(f"{place}: {word} of a snapshot names columns, and {name!r} is none", hint=ELSEWHERE)
    return names
