"""Where what was seen differs from what the Row says: one Drift each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from minidata.core.drifting.outlines import Outline, Path
from minidata.core.drifting.seeing import Seen

Code = Literal["UNNAMED", "NEVER", "ALWAYS_NULL", "NULL", "NEW_VALUE", "OTHER_TYPE", "MIXED"]
# Kinds of one family are no mixture: 1 and 1.5 are both numbers.
_FAMILIES = {"int": "number", "decimal": "number"}


@dataclass(frozen=True)
class Drift:
    """
    One difference, at *pointer*: a JSON pointer in the record, with * for a place in a list.

        UNNAMED      the API sends it, and no field reads it         NEVER        a field reads it, and it never comes
        ALWAYS_NULL  it comes, and is null each time                 NULL         it is null, and may not be
        NEW_VALUE    values that a Literal or an Enum does not name  OTHER_TYPE   a kind of value that does not fit
        MIXED        it comes in several kinds, and all of them fit

    *about* is the field (``Order.status``), or the class that has none. It was seen *times* in *of* records, or
    objects, or items of lists, in the object *first* before all others. *kinds* counts what came; *different* new
    values did, and *values* counts each of them, where values are wanted.
    """

    code: Code
    pointer: str
    about: str
    times: int
    of: int
    first: str | None
    kinds: Mapping[str, int]
    different: int = 0
    values: Mapping[str, int] | None = None


def drifts(seen: Seen, outline: Outline, *, values: bool = False) -> tuple[Drift, ...]:
    """Return where *seen* differs from *outline*, outer places before inner ones; values are told only if wanted."""
    return tuple(_Finding(values).at("", seen, outline, seen.times))


@dataclass(frozen=True, slots=True)
class _Finding:
    tells_values: bool

    def at(self, pointer: str, seen: Seen, outline: Outline, of: int) -> Iterator[Drift]:
        about = str(outline.field or "")
        yield from self._values(pointer, seen, about)
        yield from self._kinds(pointer, seen, outline, about, of)
        objects = seen.sorts["object"]
        if outline.fields and objects:
            yield from self._strangers(pointer, seen, outline, objects)
            yield from self._missed(pointer, seen, outline, objects)
            for name, inner in seen.fields.items():
                yield from self.at(f"{pointer}/{_step(name)}", inner, outline.fields[name], objects)
        if outline.items and seen.items:
            yield from self.at(f"{pointer}/*", seen.items, outline.items, seen.items.times)

    def _values(self, pointer: str, seen: Seen, about: str) -> Iterator[Drift]:
        times = seen.values.total() + seen.others
        if times:
            counted = {str(value): times for value, times in sorted(seen.values.items(), key=lambda one: str(one[0]))}
            yield Drift(
                "NEW_VALUE",
                pointer,
                about,
                times,
                seen.times,
                min(seen.firsts[(value,)] for value in seen.values),
                seen.sorts,
                len(seen.values),
                counted if self.tells_values else None,
            )

    def _kinds(self, pointer: str, seen: Seen, outline: Outline, about: str, of: int) -> Iterator[Drift]:
        kinds = seen.sorts.keys() - {"null"}
        nulls = seen.sorts["null"]
        if nulls and not outline.nullable and outline.field:
            yield Drift("NULL", pointer, about, nulls, seen.times, seen.firsts["null"], seen.sorts)
        elif nulls and not kinds and outline.field:
            yield Drift("ALWAYS_NULL", pointer, about, nulls, of, seen.firsts["null"], seen.sorts)
        strange = kinds - outline.kinds if outline.kinds else set()
        if strange and outline.field:
            times = sum(seen.sorts[kind] for kind in strange)
            first = min(seen.firsts[kind] for kind in strange)
            yield Drift("OTHER_TYPE", pointer, about, times, seen.times, first, seen.sorts)
        elif outline.kinds and len({_FAMILIES.get(kind, kind) for kind in kinds}) > 1:
            yield Drift("MIXED", pointer, about, seen.times, of, seen.first, seen.sorts)

    def _strangers(self, pointer: str, seen: Seen, outline: Outline, objects: int) -> Iterator[Drift]:
        about = outline.owner.__name__ if outline.owner else ""
        for name, inner in seen.strangers.items():
            where = f"{pointer}/{_step(name)}"
            yield Drift("UNNAMED", where, about, inner.times, objects, inner.first, inner.sorts)

    def _missed(self, pointer: str, seen: Seen, outline: Outline, objects: int) -> Iterator[Drift]:
        """Yield the fields of which no place that they are looked for in was there even once."""
        for field, paths in outline.ways.items():
            if not any(_came(seen, outline, path) for path in paths):
                where = "".join(f"/{_step(str(step))}" for step in paths[0])
                yield Drift("NEVER", f"{pointer}{where}", str(field), 0, objects, None, {})


def _came(seen: Seen, outline: Outline, path: Path) -> bool:
    """Whether there was something at *path*; inside of a document nobody has looked."""
    for step in path:
        if not outline.fields:
            return True
        if step not in seen.fields:
            return False
        seen, outline = seen.fields[str(step)], outline.fields[str(step)]
    return True


def _step(name: str) -> str:
    """Return *name* as a step of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")
