"""
Whether to ask again, and when: a pure decision.

Waits grow exponentially with full jitter, so that many clients do not come back together. A server that says when to
come back is never asked earlier; when that is later than our patience lasts, we stop at once and say so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

RETRIED = frozenset({429, 500, 502, 503, 504, 522})
FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
# A server's number of seconds beyond this (31 years) says no more than "never".
_NEVER = 10**9
_OUT_OF_ORDER = timedelta(days=1)
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Limits:
    """At most *attempts* requests, and at most *patience* seconds from the first one to the last."""

    attempts: int
    patience: float


@dataclass(frozen=True, slots=True)
class Tried:
    """
    How it stands: the outcome of attempt number *attempt*, *elapsed* seconds after the first one began.

    *status* is None when there was no whole response. *headers* are looked up by their names in lower case. Without
    *harmless* the request may have done something that must not be done twice.
    """

    attempt: int
    elapsed: float
    status: int | None
    headers: Mapping[str, str]
    harmless: bool = True


@dataclass(frozen=True, slots=True)
class Wait:
    """Ask again after *seconds*."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Stop:
    """Do not ask again; *reason* completes the message and is empty when there is nothing to add."""

    reason: str = ""


def decide(tried: Tried, limits: Limits, *, now: datetime, chance: float) -> Wait | Stop:
    """Return what to do after *tried*. *now* is the local clock, *chance* a random number in [0, 1)."""
    if not _may_pass(tried):
        return Stop()
    if not tried.harmless and not _was_turned_away(tried):
        return Stop("not asked again, for the stream is not idempotent")
    told = told_wait(tried.headers, now)
    seconds = max(told or 0.0, backoff(tried.attempt, chance))
    if tried.attempt < limits.attempts and tried.elapsed + seconds <= limits.patience:
        return Wait(seconds)
    asked = "asked once" if tried.attempt == 1 else f"asked {tried.attempt} times"
    return Stop(f"{asked}, retry after {_clock_time(now, told)}" if told else asked)


def backoff(attempt: int, chance: float) -> float:
    """Return the seconds to wait after attempt number *attempt* (from 1) when the server does not say."""
    return chance * min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(attempt - 1, 60))


def told_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return in how many seconds the server wants to be asked again; None when it does not say it in a way we read."""
    server_now = _server_now(headers, now)
    seconds = _retry_after(headers.get("retry-after", "").strip(), server_now)
    if seconds is None and _is_spent(headers):
        seconds = _until_reset(headers.get("x-ratelimit-reset", "").strip(), server_now)
    return None if seconds is None else min(max(seconds, 0.0), float(_NEVER))


def date_of(text: str | None) -> datetime | None:
    """Return the time that an HTTP date tells; None for none and for what is no date."""
    try:
        moment = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _may_pass(tried: Tried) -> bool:
    if tried.status is None or tried.status in RETRIED:
        return True
    return tried.status == HTTPStatus.FORBIDDEN and _is_spent(tried.headers) and "x-ratelimit-reset" in tried.headers


def _was_turned_away(tried: Tried) -> bool:
    """Whether the server says that it did nothing but count the request."""
    return tried.status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.FORBIDDEN}


def _server_now(headers: Mapping[str, str], now: datetime) -> datetime:
    """Return the time at the server; where its clock is days off, it is no clock."""
    told = date_of(headers.get("date"))
    return told if told and abs(told - now) < _OUT_OF_ORDER else now


def _is_spent(headers: Mapping[str, str]) -> bool:
    return headers.get("x-ratelimit-remaining", "").strip() == "0"


def _retry_after(text: str, server_now: datetime) -> float | None:
    if _is_number(text):
        return _number(text)
    moment = date_of(text)
    return (moment - server_now).total_seconds() if moment else None


def _until_reset(text: str, server_now: datetime) -> float | None:
    return _number(text) - server_now.timestamp() if _is_number(text) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _number(text: str) -> float:
    return float(text) if len(text) <= _DIGITS else float(10**_DIGITS)


def _clock_time(now: datetime, seconds: float) -> str:
    return f"{now.astimezone(UTC) + timedelta(seconds=seconds):%Y-%m-%d %H:%M:%S} UTC"
