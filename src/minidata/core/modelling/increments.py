"""
What an increment does to the columns of an incremental Model, and which of them are its key: dbt's rules.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from minidata.core.errors import ConfigError
from minidata.core.modelling.configuring import Config


@dataclass(frozen=True)
class ColumnType:
    """A column by its *name* and Postgres *type*."""

    name: str
    type: str


@dataclass(frozen=True)
class Reshaping:
    """
    The columns *shown* after an increment, those *taken* from the new rows, and those that the table gets (*added*).

    *copied* says that the table cannot stay the one it is, since what is live needs it so: its rows are copied.
    """

    shown: tuple[ColumnType, ...]
    taken: tuple[str, ...]
    added: tuple[ColumnType, ...] = ()
    copied: bool = False


def reshaping(
    what: str, config: Config, live: Sequence[ColumnType], new: Sequence[ColumnType], physical: Iterable[str]
) -> Reshaping:
    """
    Return what becomes of the columns *live* of *what*, a Model, when its query gives those that are *new*.

    *physical* are the names of all columns of the table, shown or not. Raises ConfigError when the Model says that
    nothing may change, or when a column that stays is not given any more.
    """
    types, given = {one.name: one.type for one in live}, {one.name: one.type for one in new}
    added = [one for one in new if one.name not in types]
    removed = [one.name for one in live if one.name not in given]
    wider = [one for one in new if one.name in types and _is_wider(one.type, types[one.name])]
    retyped = [one for one in new if one.name in types and one.type != types[one.name] and one not in wider]
    mode = config.on_schema_change
    if mode == "fail" and (added or removed or retyped):
        raise _changed(what, added, removed, retyped)
    if mode == "ignore":
        if removed:
            raise ConfigError(f"{what}: its query gives no column {removed[0]} any more", hint=_CHOICES)
        added, retyped = [], []
    elif mode != "sync_all_columns":
        removed, retyped = [], []
    moved = {one.name for one in retyped}
    widened = {one.name: one for one in wider}
    stay = [widened.get(one.name, one) for one in live if one.name not in {*removed, *moved}]
    return Reshaping(
        # A column of another type is a new one in dbt, and so comes last.
        shown=(*stay, *added, *retyped),
        taken=tuple(one.name for one in (live if mode == "ignore" else new)),
        added=tuple(added),
        copied=bool(wider or retyped or {one.name for one in added} & set(physical)),
    )


def named_columns(what: str, config: str, words: Iterable[str], columns: Iterable[str]) -> tuple[str, ...]:
    """Return the columns that the *words* of a *config*, such as unique_key, mean as Postgres would read them."""
    there, found = set(columns), []
    for word in words:
        name = word.strip()
        folded = name[1:-1].replace('""', '"') if name[:1] == '"' == name[-1:] and len(name) > 1 else name.lower()
        if name not in there and folded not in there:
            raise ConfigError(
                f"{what}: {config} names {name!r}, which is no column of it",
                hint=f"there is: {', '.join(sorted(there))}; for an expression give it a column of its own",
            )
        found.append(name if name in there else folded)
    return tuple(found)


def updated_columns(what: str, config: Config, columns: Sequence[str]) -> tuple[str, ...]:
    """Return those of *columns* that a merge writes into a row that is there. Raises ConfigError."""
    if config.merge_update_columns and config.merge_exclude_columns:
        raise ConfigError(f"{what} says merge_update_columns and merge_exclude_columns", hint="say one of them")
    if config.merge_update_columns:
        return named_columns(what, "merge_update_columns", config.merge_update_columns, columns)
    excluded = {name.lower() for name in config.merge_exclude_columns}
    return tuple(name for name in columns if name.lower() not in excluded)


_GROW = "say on_schema_change='append_new_columns' or 'sync_all_columns'"
_CHOICES = f"{_GROW}, or build it anew: `minidata analyze --full-refresh`"


def _changed(
    what: str, added: Sequence[ColumnType], removed: Sequence[str], retyped: Sequence[ColumnType]
) -> ConfigError:
    changes = [
        *(f"{one.name} is new" for one in added),
        *(f"{name} is gone" for name in removed),
        *(f"{one.name} becomes {one.type}" for one in retyped),
    ]
    return ConfigError(f"{what}: its columns change ({', '.join(changes)}), and it says fail", hint=_CHOICES)


def _is_wider(new: str, old: str) -> bool:
    """Whether *new* is the same text type with more room, which dbt gives a column whatever else it is told."""
    size = _varchar(old)
    return size is not None and (new == "text" or (_varchar(new) or 0) > size)


def _varchar(type_: str) -> int | None:
    head, _, tail = type_.partition("(")
    return int(tail[:-1]) if head == "character varying" and tail[:-1].isdigit() else None
