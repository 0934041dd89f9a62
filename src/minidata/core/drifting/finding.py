"""Where what was seen differs from what the Row says: one Drift each."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from minidata.core.drifting.outlines import Outline, Path
from minidata.core.drifting.seeing import Seen

Code = Literal["UNNAMED", "NEVER", "ALWAYS_NULL", "NULL", "NEW_VALUE", "OTHER_TYPE", "MIXED"]
# What a few records show as well as all of them: the others are about what is never there.
SHOWN_BY_FEW: frozenset[Code] = frozenset({"UNNAMED", "NULL", "NEW_VALUE", "OTHER_TYPE"})
# What no record is kept out for.
FITTING: frozenset[Code] = frozenset({"UNNAMED", "NEVER", "ALWAYS_NULL", "MIXED"})
# 1 and 1.5 are no mixture: both are numbers.
_NUMBERS = frozenset({"int", "decimal"})


@dataclass(frozen=True)
class Drift:
    """
    One difference, at *pointer*: a JSON pointer in the record, with * for a place in a list.

        UNNAMED      the API sends it, and no field reads it         NEVER        a field reads it, and it never comes
        ALWAYS_NULL  it comes, and is null each time                 NULL         it is null, and may not be
        NEW_VALUE    values that a Literal or an Enum does not name  OTHER_TYPE   a kind of value that does not fit
        MIXED        seldom it comes as another kind than mostly, and all of them fit

    *about* is the field (``Order.status``), or the class that has none. It was seen *times* in *of* records, or
    objects, or items of lists, in the object *first* before all others. *kinds* counts what came; *different* new
    values did (MOST_VALUES of them, or more), and *values* counts each of them, where values are wanted.
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
        if outline.field:
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
        if nulls and not outline.nullable:
            yield self._about("NULL", {"null"}, pointer, seen, about, seen.times)
        elif nulls and not kinds:
            yield self._about("ALWAYS_NULL", {"null"}, pointer, seen, about, of)
        strange = kinds - outline.kinds if outline.kinds else set()
        seldom = kinds - _family(max(sorted(kinds), key=seen.sorts.__getitem__, default=""))
        if strange:
            yield self._about("OTHER_TYPE", strange, pointer, seen, about, seen.times)
        elif outline.kinds and seldom:
            yield self._about("MIXED", seldom, pointer, seen, about, seen.times)

    def _about(  # noqa: PLR0913, PLR0917 - what a Drift is made of
        self, code: Code, sorts: Iterable[str], pointer: str, seen: Seen, about: str, of: int
    ) -> Drift:
        """Return what there is to say of the values of some *sorts*."""
        times = sum(seen.sorts[sort] for sort in sorts)
        return Drift(code, pointer, about, times, of, min(seen.firsts[sort] for sort in sorts), seen.sorts)

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


def _family(kind: str) -> frozenset[str]:
    return _NUMBERS if kind in _NUMBERS else frozenset({kind})


def _step(name: str) -> str:
    """Return *name* as a step of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")
