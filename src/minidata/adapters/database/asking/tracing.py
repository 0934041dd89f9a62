"""Rows and where they come from, asked so that nothing can be changed; and what a publish stands on."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from psycopg import sql

from minidata.adapters.database.asking.queries import stream
from minidata.adapters.database.connection import Database
from minidata.adapters.database.loading.deletes import key_digest
from minidata.adapters.database.targets import Target
from minidata.core.answers import Question
from minidata.core.marks import OBJECT, RECORD
from minidata.core.modelling.versions import Version

_NOT_ALLOWED = "the role that analyzes may not read it"
_TRACE = ("o.key", "o.run", "o.page", "t._record", "o.sha256", "o.row_fingerprint", "o.loaded_at")


@dataclass(frozen=True, slots=True)
class Where:
    """Which rows of a table are meant: a condition as SQL, and how messages speak of it."""

    text: str
    what: str

    @classmethod
    def written(cls, text: str) -> Self:
        """Return the condition that a person wrote, which may end with a comment."""
        return cls(f"{text}\n", "--where")


@dataclass(frozen=True, slots=True)
class Found:
    """
    A row: what it has in the columns that were asked for, as text, and where it comes from.

    *record* is the place of its record in the object at *key*, which was loaded *loaded_at* by the Row *fingerprint*.
    """

    values: Mapping[str, str | None]
    key: str
    run: str
    page: int
    record: int
    sha256: str
    fingerprint: str
    loaded_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a Source's table had come at a publish: its *objects* and *runs*; *moved* on since, or not."""

    objects: int
    runs: int
    first_run: str | None
    last_run: str | None
    moved: bool


@dataclass(frozen=True, slots=True)
class Live:
    """The publish that readers see: of each model its relation and where it is *shown*, of each table its position."""

    id: int
    run: str
    published_at: datetime
    relations: Mapping[str, str]
    shown: Mapping[str, tuple[str, str]]
    sources: Mapping[str, str]


def equals(columns: Sequence[tuple[str, str]], values: Sequence[str]) -> str:
    """Return the condition that *columns*, each with its type, have *values*, which are text of any kind."""
    return (
        sql.SQL(" and ")
        .join(
            sql.SQL("{} = {}::{}").format(sql.Identifier(name), sql.Literal(value), sql.SQL(kind))
            for (name, kind), value in zip(columns, values, strict=True)
        )
        .as_string()
    )


def of_parents(table: tuple[str, str], condition: str) -> str:
    """Return the condition that a row's record is one of those in *table* that fulfil *condition*."""
    names = sql.SQL(", ").join([sql.Identifier(OBJECT), sql.Identifier(RECORD)]).as_string()
    return f"({names}) in (select {names} from {sql.Identifier(*table).as_string()} where {condition})"  # noqa: S608


def is_there(database: Database, table: tuple[str, str]) -> bool:
    """Whether there is such a *table*."""
    return database.one("select to_regclass(%s)", [sql.Identifier(*table).as_string()]) != (None,)


def rows(database: Database, table: tuple[str, str], shown: Sequence[str], where: Where, limit: int) -> list[Found]:
    """
    Return the rows of *table* that are meant, those of the newest records first, with what they have in *shown*.

    Inside `queries.reading`. Raises ConfigError when the condition is none, or fails.
    """
    own = [sql.Identifier("t", column).as_string() for column in shown]
    name = sql.Identifier(*table).as_string()
    asked = ", ".join([*_TRACE, *own])
    order = ", ".join(["o.run desc", "o.page desc", "t._record desc", *own])
    text = (
        f"select {asked} from (select * from {name} where ({where.text})) t "  # noqa: S608
        f"join minidata.object o on o.id = t._object order by {order} limit {limit}"
    )
    found = _asked(database, Question(where.what, text, denied=_NOT_ALLOWED))
    return [
        Found(
            dict(zip(shown, values, strict=True)),
            key=key or "",
            run=run or "",
            page=int(page or 0),
            record=int(place or 0),
            sha256=sha256 or "",
            fingerprint=row or "",
            loaded_at=datetime.fromisoformat(at or ""),
        )
        for key, run, page, place, sha256, row, at, *values in found
    ]


def deleted(database: Database, target: Target, key: Mapping[str, str]) -> tuple[str, int] | None:
    """
    Return the object and the place of the record by which the API announced that *key* is no more; None if it did not.

    *key* has a text for each of the key's columns, and is one that rows() could ask for.
    """
    if database.one("select to_regclass('minidata.deleted')") == (None,):
        return None
    types = {column.name: column.type for column in target.root.columns}
    values = [
        sql.SQL("{}::{} as {}").format(sql.Literal(value), sql.SQL(types[name]), sql.Identifier(name))
        for name, value in key.items()
    ]
    query = sql.SQL(
        "select o.key, d._record from (select {}) s, minidata.deleted d join minidata.object o on o.id = d._object"
        " where (d.source, d.stream, d.rebuild) = ({}, {}, false) and d.key = {}"
    ).format(sql.SQL(", ").join(values), target.source, target.stream.name, key_digest(target, "s"))
    row = database.one(query)
    return (row[0], row[1]) if row else None


def published_keys(
    database: Database, shown: tuple[str, str], columns: Sequence[str], where: Where, limit: int
) -> list[tuple[str | None, ...]]:
    """Return what the rows of the view *shown* that are meant have in *columns*, each once; raise as rows() does."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns)).as_string()
    relation = sql.Identifier(*shown).as_string()
    text = f"select distinct {names} from {relation} where ({where.text}) limit {limit}"  # noqa: S608
    return _asked(database, Question(where.what, text, denied=_NOT_ALLOWED))


def live(database: Database) -> Live | None:
    """Return the publish that readers see; None before the first."""
    if database.one("select to_regclass('minidata.publish')") == (None,):
        return None
    query = "select id, run, published_at, models, sources from minidata.publish order by id desc limit 1"
    row = database.one(query)
    if row is None:
        return None
    number, run, at, models, sources = row
    versions = {name: Version.read(name, kept) for name, kept in models.items()}
    relations = {name: version.relation for name, version in versions.items()}
    return Live(number, run, at, relations, {name: version.shown for name, version in versions.items()}, sources)


def standing(database: Database, source: str, stream: str, newest: int) -> Standing:
    """Return what is known of the objects of a Stream up to the one with the id *newest*."""
    query = """
    select count(*) filter (where id <= %(newest)s), count(distinct run) filter (where id <= %(newest)s),
      min(run) filter (where id <= %(newest)s), max(run) filter (where id <= %(newest)s),
      coalesce(bool_or(id > %(newest)s), false)
    from minidata.object where source = %(source)s and stream = %(stream)s and not rebuild
    """
    row = database.one(query, {"newest": newest, "source": source, "stream": stream})
    return Standing(*(row or (0, 0, None, None, False)))


def _asked(database: Database, question: Question) -> list[tuple[str | None, ...]]:
    _, cells = stream(database, question)
    with closing(cells):
        return list(cells)
