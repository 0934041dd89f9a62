"""
Dates and times in texts, read as dbt reads those of seeds: by strptime, and by ISO 8601 in all its spellings.

ISO 8601 knows weeks, days of a year, and parts left out: ``2024-W05-1T10`` is a moment, and so is ``20T10``.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import ROUND_FLOOR, Decimal

# The spellings nearly all files have, for which there is a faster way.
_PLAIN_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_PLAIN_TIME = re.compile(rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} {_CLOCK}:[0-5][0-9]")
_PLAIN_ISO_TIME = re.compile(
    rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{_CLOCK}:[0-5][0-9](?:\.[0-9]{{1,6}})?(?:Z|[+-]{_CLOCK})?"
)
_DATES = tuple(
    re.compile(spelling)
    for spelling in (
        r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})",
        r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})",
        r"(?P<year>[0-9]{4})-W(?P<week>[0-9]{2})-(?P<day>[0-9])",
        r"(?P<year>[0-9]{4})W(?P<week>[0-9]{2})(?P<day>[0-9])",
        r"(?P<year>[0-9]{4})-(?P<day>[0-9]{3})",
        r"(?P<year>[0-9]{4})(?P<day>[0-9]{3})",
        r"(?P<year>[0-9]{4})-W(?P<week>[0-9]{2})",
        r"(?P<year>[0-9]{4})W(?P<week>[0-9]{2})",
        r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})",
        r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})",
        r"(?P<year>[0-9]{4})",
        r"(?P<century>[0-9]{2})",
    )
)
_PART = r"[0-9]{2}(?:[,.][0-9]+)?"
_ZONE = r"(?P<zone>Z|(?P<sign>[+-])(?P<zone_hour>[0-9]{2})(?::?(?P<zone_minute>[0-9]{2}))?)?"
_TIMES = tuple(
    re.compile(spelling + _ZONE)
    for spelling in (
        rf"(?P<hour>[0-9]{{2}}):(?P<minute>[0-9]{{2}}):(?P<second>{_PART})",
        rf"(?P<hour>[0-9]{{2}})(?P<minute>[0-9]{{2}})(?P<second>{_PART})",
        rf"(?P<hour>[0-9]{{2}}):(?P<minute>{_PART})",
        rf"(?P<hour>[0-9]{{2}})(?P<minute>{_PART})",
        rf"(?P<hour>{_PART})",
    )
)
_MICROSECOND = Decimal("0.000001")


def read_date(text: str) -> date:
    """Return the date that is written as ``2024-05-31``; raise ValueError when none is."""
    if _PLAIN_DATE.fullmatch(text):
        return date.fromisoformat(text)
    return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a date has no zone


def read_time(text: str) -> datetime:
    """Return the moment that is written as ``2024-05-31 10:00:00``; raise ValueError when none is."""
    if _PLAIN_TIME.fullmatch(text):
        return datetime.fromisoformat(text)
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - it is written without one


def read_iso_time(text: str) -> datetime:
    """Return the moment that is written in ISO 8601, one with a zone as that in UTC; raise ValueError when none is."""
    try:
        moment = datetime.fromisoformat(text) if _PLAIN_ISO_TIME.fullmatch(text) else _iso_moment(text)
        return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError as exc:
        raise ValueError(text) from exc


def _iso_moment(text: str) -> datetime:
    day, *rest = text.split("T")
    if len(rest) != 1:
        raise ValueError(text)
    return datetime.combine(_iso_date(day), _iso_time(rest[0]))


def _iso_date(text: str) -> date:
    found = next((match for pattern in _DATES if (match := pattern.fullmatch(text))), None)
    if found is None:
        raise ValueError(text)
    parts = {name: int(digits) for name, digits in found.groupdict().items()}
    if "century" in parts:
        return date(parts["century"] * 100 + 1, 1, 1)
    first = date(parts["year"], 1, 1)
    if "week" in parts:
        _, week, weekday = first.isocalendar()
        weeks = parts["week"] - (1 if week == 1 else 0)
        return first + timedelta(weeks=weeks, days=parts.get("day", 1) - weekday)
    if "month" in parts:
        # Its reader takes a month 00 for January.
        return date(parts["year"], parts["month"] or 1, parts.get("day", 1))
    return first + timedelta(days=parts.get("day", 1) - 1)


def _iso_time(text: str) -> time:
    found = next((match for pattern in _TIMES if (match := pattern.fullmatch(text))), None)
    if found is None:
        raise ValueError(text)
    parts = found.groupdict()
    hour, minute, second = (Decimal(parts.get(name, "0").replace(",", ".")) for name in ("hour", "minute", "second"))
    if "minute" not in parts:
        minute = (hour - int(hour)) * 60
    if "second" not in parts:
        second = (minute - int(minute)) * 60
    if "minute" in parts:
        second = second.quantize(_MICROSECOND, rounding=ROUND_FLOOR)
    microsecond = int(((second - int(second)) * 1_000_000).to_integral())
    return time(int(hour), int(minute), int(second), microsecond, _zone(parts))


def _zone(parts: dict[str, str]) -> timezone | None:
    if not parts["zone"]:
        return None
    ahead = timedelta(hours=int(parts["zone_hour"] or 0), minutes=int(parts["zone_minute"] or 0))
    return timezone(-ahead if parts["sign"] == "-" else ahead)
