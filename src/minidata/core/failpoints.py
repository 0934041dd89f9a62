"""
Places at which a test lets the process die, as by kill -9.

``MINIDATA_FAILPOINT=name`` arms one for the first time that it is come by, ``name:3`` for the third time.

Nothing is armed unless somebody says so, and then `reached` is one look at one variable.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from minidata.core.errors import ConfigError, UnknownName

# The variable that arms one.
FAILPOINT = "MINIDATA_FAILPOINT"
# What a process that dies at one exits with: the code of one that was killed.
KILLED = 137


class Failpoint(StrEnum):
    """Every place there is, in the order in which they are come by."""

    PAGE_STORED = "ingest.page_stored"
    PAGE_NOTED = "ingest.page_noted"
    BEFORE_MANIFEST = "ingest.before_manifest"
    AFTER_MANIFEST = "ingest.after_manifest"
    BEFORE_BEGIN = "load.before_begin"
    AFTER_CLAIM = "load.after_claim"
    AFTER_LEDGER = "load.after_ledger"
    MID_COPY = "load.mid_copy"
    AFTER_COPY = "load.after_copy"
    MID_MERGE = "load.mid_merge"
    BEFORE_COMMIT = "load.before_commit"
    AFTER_COMMIT = "load.after_commit"
    BEFORE_RUN = "load.before_run"
    AFTER_RUN = "load.after_run"
    BEFORE_SWAP = "rebuild.before_swap"
    MID_SWAP = "rebuild.mid_swap"
    AFTER_SWAP = "rebuild.after_swap"
    MODEL_BUILT = "analyze.model_built"
    MID_INCREMENT = "analyze.mid_increment"
    BEFORE_PUBLISH = "analyze.before_publish"
    AFTER_PUBLISH = "analyze.after_publish"
    AFTER_SWEEP = "analyze.after_sweep"


def _nothing(code: int) -> object:
    return code


@dataclass
class _Armed:
    point: Failpoint | None = None
    left: int = 1
    die: Callable[[int], object] = _nothing


_armed = _Armed()


def arm(told: str | None, die: Callable[[int], object]) -> None:
    """
    Let *die*, which ends the process at once, be called at the failpoint that *told* names; none for None and "".

    Raises ConfigError when there is no such failpoint.
    """
    name, _, times = (told or "").partition(":")
    if name and name not in list(Failpoint):
        raise UnknownName("failpoint", name, list(Failpoint), where=FAILPOINT)
    if times and not (times.isascii() and times.isdigit() and int(times)):
        raise ConfigError(f"{FAILPOINT}: {times!r} is no number of times", hint="write name:2 for the second time")
    _armed.point, _armed.left, _armed.die = Failpoint(name) if name else None, int(times or 1), die


def reached(point: Failpoint) -> None:
    """Say that *point* is come by."""
    if _armed.point is point:
        _armed.left -= 1
        if not _armed.left:
            _armed.die(KILLED)
