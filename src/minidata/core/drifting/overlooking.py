"""What a Stream leaves out on purpose: of it nothing is told, unless records do not fit for it."""

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from minidata.core.bodies.pointers import steps_of
from minidata.core.drifting.finding import FITTING, Drift
from minidata.core.drifting.seeing import Seen

# Dotted paths, cut up: each step is a name, or a pattern as for files; * stands for any name, and a place in a list.
Ignored = Sequence[Sequence[str]]


def overlook(seen: Seen, ignored: Ignored, at: Sequence[str] = ()) -> None:
    """Forget of *seen*, which is what was seen *at* some place, what no field reads and is *ignored*."""
    if not ignored:
        return
    seen.strangers = {name: one for name, one in seen.strangers.items() if not _covered((*at, name), ignored)}
    for name, inner in seen.fields.items():
        overlook(inner, ignored, (*at, name))
    if seen.items is not None:
        overlook(seen.items, ignored, (*at, "*"))


def told(found: Iterable[Drift], ignored: Ignored) -> Iterator[Drift]:
    """Yield what of *found* is not *ignored*, or is the reason why records do not fit."""
    return (one for one in found if one.code not in FITTING or not _covered(steps_of(one.pointer), ignored))


def _covered(path: Sequence[str], ignored: Ignored) -> bool:
    """Whether *path* is one of those *ignored*, or lies inside of it."""
    return any(len(steps) <= len(path) and all(map(fnmatchcase, path, steps)) for steps in ignored)
