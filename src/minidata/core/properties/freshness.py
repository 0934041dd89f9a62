"""How old a source's newest row may be, as files of properties say it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from minidata.core.errors import ConfigError
from minidata.core.yamltext import Entry

_KEYS = ("warn_after", "error_after", "filter")
_PERIODS = {"minute": 60, "hour": 3600, "day": 86400}


@dataclass(frozen=True)
class Age:
    """So many seconds; *text* is how they were said, as in ``12 hours``."""

    seconds: int
    text: str


@dataclass(frozen=True)
class Freshness:
    """After which age a source's table is to be warned about, and after which it is too old; *filter* is SQL."""

    warn_after: Age | None = None
    error_after: Age | None = None
    filter: str = ""

    @property
    def asks(self) -> bool:
        """Whether it asks for anything."""
        return self.warn_after is not None or self.error_after is not None


def read_freshness(said: Sequence[Entry]) -> Freshness | None:
    """
    Return the freshness that *said* asks for, the nearer ones last; None for none.

    What a nearer one does not say the farther ones do; one that says null takes all of it back. Raises ConfigError
    and UnknownName, naming the line.
    """
    found: Freshness | None = None
    for entry in said:
        if "freshness" in entry:
            found = _merged(found, entry)
    return found if found and found.asks else None


def _merged(before: Freshness | None, entry: Entry) -> Freshness | None:
    if entry["freshness"] is None:
        return None
    said, before = entry.entry("freshness"), before or Freshness()
    said.check_keys("freshness", _KEYS)
    return Freshness(
        _age(said, "warn_after", before.warn_after),
        _age(said, "error_after", before.error_after),
        said.text("filter", before.filter),
    )


def _age(said: Entry, key: str, before: Age | None) -> Age | None:
    if key not in said:
        return before
    age = said.entry(key)
    age.check_keys(key, ("count", "period"))
    if age.get("count") is None and age.get("period") is None:
        return None
    count, period = _whole(age.get("count")), age.get("period")
    if count is None or period not in _PERIODS:
        raise ConfigError(
            f"{said.places[key]}: {key} needs a count and a period", hint="such as {count: 12, period: hour}"
        )
    return Age(count * _PERIODS[period], f"{count} {period}{'' if count == 1 else 's'}")


def _whole(value: Any) -> int | None:
    """Return a number from 0 on; None for anything else. A template may have made a text of it."""
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
