"""The patch for the files of Rows: what would make them expect what was seen, as a unified diff."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import unified_diff

from minidata.core.drifting.changing import Change, Spot, drafted
from minidata.core.drifting.editing import with_fields, with_null, with_values
from minidata.core.drifting.importing import with_imports
from minidata.core.drifting.pythontext import PythonText, Unsafe
from minidata.core.drifting.seeing import MOST_VALUES
from minidata.core.inference.drafting import Drafting
from minidata.core.inference.drafts import DraftModel
from minidata.core.inference.imports import WORDS
from minidata.core.inference.writing import class_text, fields_text
from minidata.core.wording import counted


@dataclass(frozen=True)
class ByHand:
    """What a person has to do in the class *about*, because of *why*; *lines* are to be put into its file."""

    about: str
    why: str
    lines: str


@dataclass(frozen=True)
class Patched:
    """A file's new *text*, *done* in words, and what is left for a person."""

    text: str
    done: tuple[str, ...]
    by_hand: tuple[ByHand, ...]


def patched(text: str, changes: Iterable[Change]) -> Patched:
    """Return what becomes of the file *text* when *changes* are made; what cannot be done safely is left out."""
    patching = _Patching(text.replace("\r\n", "\n"))
    for change in changes:
        patching.change(change)
    new = patching.text.replace("\n", "\r\n") if "\r\n" in text else patching.text
    return Patched(new, tuple(patching.done), tuple(patching.by_hand))


def by_hand(change: Change, why: str) -> tuple[ByHand, ...]:
    """Return all of *change* for a person to make, since *why*."""
    patching = _Patching("")
    patching.refuse(change, why)
    return tuple(patching.by_hand)


def unified(path: str, old: str, new: str) -> str:
    """Return the difference of a file's texts as `patch -p0` takes it; "" when there is none."""
    lines = unified_diff(_lines(old), _lines(new), path, path)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


class _Patching:
    """One file while it is changed, change by change."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.done: list[str] = []
        self.by_hand: list[ByHand] = []

    def change(self, change: Change) -> None:
        """Make all of *change* that can be made safely."""
        owner = change.owner.__name__
        if owner != change.owner.__qualname__:
            self.refuse(change, "it is defined inside of something else")
            return
        try:
            PythonText(self.text).class_(owner)
        except Unsafe as exc:
            self.refuse(change, str(exc))
            return
        for spot in change.values:
            self._widen(change, spot)
        for spot, times in change.nulls.items():
            self._let_be_null(owner, spot, times)
        if change.strangers:
            self._add_fields(change)

    def refuse(self, change: Change, why: str) -> None:
        """Leave all of *change* to a person."""
        owner = change.owner.__name__
        for spot in change.values:
            self._leave(f"{owner}.{spot.field}", why, _values_line(change, spot))
        for spot in change.nulls:
            self._leave(f"{owner}.{spot.field}", why, "# also: None\n")
        if change.strangers:
            self._leave(owner, why, "".join(self._lines_for(change)))

    def _widen(self, change: Change, spot: Spot) -> None:
        about = f"{change.owner.__name__}.{spot.field}"
        line = _values_line(change, spot)
        if spot in change.enums:
            self._leave(about, "its values are those of an Enum", line)
        elif spot in change.many:
            self._leave(about, f"more than {MOST_VALUES} values are new: it may be no Literal", line)
        else:
            values = sorted(change.values[spot], key=str)
            done = f"{counted(len(values), 'new value')}, seen {counted(change.values[spot].total(), 'time')}"
            with self._trying(about, done, line):
                self.text = with_values(self.text, change.owner.__name__, spot.field, spot.deep, values)

    def _let_be_null(self, owner: str, spot: Spot, times: int) -> None:
        with self._trying(
            f"{owner}.{spot.field}", f"may be null, as it was {counted(times, 'time')}", "# also: None\n"
        ):
            self.text = with_null(self.text, owner, spot.field, spot.deep)

    def _add_fields(self, change: Change) -> None:
        owner = change.owner.__name__
        *above, lines = self._lines_for(change)
        every = "\n\n".join((*above, lines))
        if not hasattr(change.owner, "model_fields"):
            self._leave(owner, "it is no model: what may be absent is NotRequired in it", every)
            return
        with self._trying(owner, counted(len(change.strangers), "new field"), every):
            self.text = with_imports(with_fields(self.text, owner, lines, above), every)

    def _lines_for(self, change: Change) -> list[str]:
        """Return the blocks that must stand above the class, and last the lines of its new fields."""
        file = PythonText(self.text)
        owner = change.owner.__name__
        taken = file.words() | WORDS
        drafting = Drafting(taken - {owner})
        model = DraftModel(owner, drafted(change, drafting, file.names()))
        taken |= drafting.taken
        classes = [class_text(inner, taken) for inner in model.inner()]
        lines, above = fields_text(model, taken)
        return [*classes, *([above] if above else []), lines]

    @contextmanager
    def _trying(self, about: str, done: str, lines: str) -> Iterator[None]:
        """Note that something is *done*, or else that it is for a person to do, with *lines*."""
        try:
            yield
        except Unsafe as exc:
            self._leave(about, str(exc), lines)
        else:
            self.done.append(f"{about}: {done}")

    def _leave(self, about: str, why: str, lines: str) -> None:
        self.by_hand.append(ByHand(about, why, lines))


def _values_line(change: Change, spot: Spot) -> str:
    return f"# also: {', '.join(sorted(map(repr, change.values[spot])))}\n"


def _lines(text: str) -> list[str]:
    return [line for line in re.split(r"(?<=\n)", text) if line]
