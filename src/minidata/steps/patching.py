"""The patch that drift ends in: for each file that defines a Row, what would have to change in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from minidata.adapters.project import Project
from minidata.adapters.project.source_files import file_of, source_in
from minidata.core.drifting.changing import Change, Changes
from minidata.core.drifting.patching import ByHand, by_hand, patched, unified
from minidata.core.errors import ConfigError

_ELSEWHERE = "it is not in the project's folder; copy what you need of it into a file in sources/"


@dataclass(frozen=True)
class Patch:
    """
    A unified diff for `patch -p0` in the project's folder, "" for none; what it does, and what is left for a person.

    That may be a diff too: of a file that is not in that folder, as those of built-in Sources are not.
    """

    text: str
    done: tuple[str, ...]
    by_hand: tuple[ByHand, ...]


def patch_of(project: Project, changes: Changes) -> Patch:
    """Return the patch that makes *changes*; nothing is written."""
    texts: list[str] = []
    done: list[str] = []
    left: list[ByHand] = []
    for path, wanted in _by_file(changes).items():
        try:
            old = source_in(path)
        except ConfigError as exc:
            left += [one for change in wanted for one in by_hand(change, str(exc))]
            continue
        result = patched(old, wanted)
        left += result.by_hand
        if path.is_relative_to(project.root):
            texts.append(unified(path.relative_to(project.root).as_posix(), old, result.text))
            done += result.done
        elif result.done:
            left.append(ByHand(path.as_posix(), _ELSEWHERE, unified(path.as_posix(), old, result.text)))
    nowhere = (change for change in changes if file_of(change.owner) is None)
    left += [one for change in nowhere for one in by_hand(change, "no file defines it")]
    return Patch("".join(texts), tuple(done), tuple(left))


def _by_file(changes: Iterable[Change]) -> dict[Path, list[Change]]:
    found: dict[Path, list[Change]] = {}
    for change in changes:
        path = file_of(change.owner)
        if path is not None:
            found.setdefault(path, []).append(change)
    return found
