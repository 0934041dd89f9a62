"""Windows of time: a long stretch, asked for in pieces that can each be finished by itself."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from minidata.core.errors import ConfigError

_WIDTH = re.compile(r"([0-9]{1,6})(m|h|d|w)\Z")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_MOST = 100_000


class Window(NamedTuple):
    """One piece: from *since* up to *until*, spelled as the API is asked."""

    since: str
    until: str


def width_of(text: str) -> timedelta:
    """Return what "30m", "6h", "1d" or "2w" say; raise ConfigError for anything else."""
    match = _WIDTH.match(text)
    if not match or int(match[1]) == 0:
        raise ConfigError(f"--window {text!r} is no length of time", hint="for example 30m, 6h, 1d or 2w")
    return int(match[1]) * _UNITS[match[2]]


def windows(since: str, until: str, width: timedelta) -> Iterator[Window]:
    """
    Yield the pieces of [*since*, *until*), each *width* long, the last one maybe shorter, the oldest first.

    Both are a date (2026-01-31, which is midnight UTC) or a time with a zone; bounds are spelled as *since* is. Raises
    ConfigError for anything else, for no time at all between them, and for more pieces than anybody can mean.
    """
    first, last = _moment("--since", since), _moment("--until", until)
    if first >= last:
        raise ConfigError(f"--since {since} is not before --until {until}")
    if (last - first) / width > _MOST:
        raise ConfigError(f"that is more than {_MOST:,} windows", hint="make --window longer")
    spell = _speller(since)
    while first < last:
        following = min(first + width, last)
        yield Window(spell(first), spell(following))
        first = following


def as_time(text: str | None) -> str | None:
    """Return a date as the moment at which it begins, as APIs write it; anything else as it is."""
    return f"{text}T00:00:00Z" if text is not None and _DATE.match(text) else text


def moment_of(text: str) -> datetime | None:
    """Return the moment that a bound tells, dates as midnight UTC; None when it tells none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if _DATE.match(text):
        return moment.replace(tzinfo=UTC)
    return moment if moment.tzinfo else None


def _moment(option: str, text: str) -> datetime:
    moment = moment_of(text)
    if moment is None:
        raise ConfigError(
            f"{option} {text!r} is no time that can be cut into windows",
            hint="a date (2026-01-31) or a time with a zone (2026-01-31T12:00:00Z)",
        )
    return moment


def _speller(like: str) -> "_Speller":
    return _Speller(dates=bool(_DATE.match(like)), zulu=like.endswith("Z"))


class _Speller:
    """Spells moments as people spelled the first one; a date that does not fall on midnight becomes a time."""

    def __init__(self, *, dates: bool, zulu: bool) -> None:
        self._dates = dates
        self._zulu = zulu

    def __call__(self, moment: datetime) -> str:
        if self._dates and moment.astimezone(UTC).time() == datetime.min.time():
            return f"{moment.astimezone(UTC):%Y-%m-%d}"
        text = moment.isoformat()
        return text.replace("+00:00", "Z") if self._zulu or self._dates else text
