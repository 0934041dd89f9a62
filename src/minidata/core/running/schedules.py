"""
Schedules: cron expressions of five fields, what systemd calls the same, and what to do when a run is late.

What an expression means is Debian cron's business, and so is the library's that adapters/cron.py asks.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Protocol

from minidata.core.errors import ConfigError

DEFAULT = "0 6 * * *"
_FIELDS = 5
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_WORDS = frozenset({*_MONTHS, *map(str.lower, _DAYS)})
_NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_EXAMPLE = 'for example "*/15 * * * *", each quarter of an hour, or "0 6 * * mon-fri", at six on working days'


class Overlap(StrEnum):
    """What becomes of a run that is due while the one before is still at work."""

    SKIP = "skip"
    QUEUE = "queue"


@dataclass(frozen=True, slots=True)
class Ended:
    """The run has ended with this exit code; a negative one is the signal that killed it."""

    code: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """Somebody asks us to stop, by this signal."""

    signal: int


class Times(Protocol):
    """When something is due."""

    def after(self, moment: datetime) -> datetime:
        """Return the first time later than *moment*, both in UTC."""

    def shown(self, moment: datetime) -> str:
        """Return *moment* as people here would say it."""


class Shift(Protocol):
    """One command at a time, in a process of its own, and somebody who waits for what happens."""

    def now(self) -> datetime:
        """Return the time of day, in UTC."""

    def start(self) -> None:
        """Start the command; none may be at work."""

    def wait(self, until: datetime | None) -> Ended | Stopped | None:
        """Return what happens next, None when it is *until* before anything has happened."""

    def pass_on(self, signal: int) -> None:
        """Send the signal to the command that is at work."""


@dataclass(frozen=True)
class Calendar:
    """
    Which times an expression means, field by field; Sunday is 0, and 7 too.

    A day must be among *days* and *weekdays*; with *either*, one of the two is enough.
    """

    minutes: Collection[int]
    hours: Collection[int]
    days: Collection[int]
    months: Collection[int]
    weekdays: Collection[int]
    either: bool

    def on_calendar(self) -> tuple[str, ...]:
        """Return the same times as values of systemd's OnCalendar=, which add up."""
        every_month_day = range(1, 32)
        if self.either:
            return self._event(self.days, range(7)), self._event(every_month_day, self.weekdays)
        return (self._event(self.days, self.weekdays),)

    def _event(self, days: Collection[int], weekdays: Collection[int]) -> str:
        names = [_DAYS[day] for day in sorted({day % 7 for day in weekdays})]
        date = f"*-{_listed(self.months, range(1, 13))}-{_listed(days, range(1, 32))}"
        time = f"{_listed(self.hours, range(24))}:{_listed(self.minutes, range(60))}:00"
        return " ".join([*([",".join(names)] if len(names) < len(_DAYS) else []), date, time])


def standard(expression: str) -> str:
    """
    Return *expression* as five fields, each separated by one space.

    Raises ConfigError for what not every cron understands: seconds, ``L``, ``#``, ``@reboot``.
    """
    text = " ".join(expression.split())
    text = _NICKNAMES.get(text.lower(), text)
    if text.startswith("@"):
        raise ConfigError(f"schedule {expression!r}: there is no such nickname", hint=f"say {', '.join(_NICKNAMES)}")
    if len(text.split()) != _FIELDS:
        raise wrong(expression, "it has not five fields: minute, hour, day, month, weekday")
    foreign = re.sub(r"[0-9 */,-]+", " ", text)
    for word in foreign.split():
        if word.lower() not in _WORDS:
            raise wrong(expression, f"{word!r} is none of cron's words")
    return text


def wrong(expression: str, why: str) -> ConfigError:
    """Return the error that says what is wrong with *expression*."""
    return ConfigError(f"schedule {expression!r}: {why}", hint=_EXAMPLE)


def _listed(values: Collection[int], every: range) -> str:
    """Spell *values* out, or as a star or a step where they are all, or evenly spread up to the end."""
    ordered = sorted(values)
    if ordered == list(every):
        return "*"
    steps = {later - earlier for earlier, later in pairwise(ordered)}
    if len(ordered) > 2 and len(steps) == 1 and ordered[-1] + min(steps) > every[-1]:  # noqa: PLR2004 - two are a list
        return f"{ordered[0]}/{min(steps)}"
    return ",".join(map(str, ordered))
