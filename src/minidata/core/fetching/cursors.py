"""
How far a Stream has been read: the cursor that a Run leaves behind for the next one.

It is the largest value of the cursor's field that the Run saw, as the API wrote it, compared as what it means. It is
never later than the Run's beginning: what appears while a Run is under way may be missed by it, and must be asked for
again. APIs filter with "at or after", so the records at the cursor come twice, and the Load tells them by their key.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from minidata.core.bodies.payload import at_path
from minidata.core.errors import ConfigError
from minidata.core.fetching.gist import Gist
from minidata.core.wording import excerpt

_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?\Z")
_BEGINNING = datetime(1, 1, 2, tzinfo=UTC)
# A server's clock further off than this is not believed.
_DAY = timedelta(days=1)
# Records that are dated later than this beyond the present are worth a warning.
_SKEW = timedelta(minutes=5)
# What APIs count the time since 1970 in, for each second; and the seconds of a year.
_UNITS = (1, 1_000, 1_000_000)
_YEAR = 366 * 24 * 3_600

# What a mark is compared by: times are above numbers and numbers above text, so that one odd record among many that
# have a time does not become the cursor.
_Rank = tuple[int, datetime | Decimal | str]


@dataclass(frozen=True, slots=True)
class Mark:
    """A cursor's value as it was written, and what it is compared by."""

    text: str
    rank: _Rank

    @property
    def moment(self) -> datetime | None:
        """The time it tells, when it tells one."""
        return self.rank[1] if isinstance(self.rank[1], datetime) else None


def mark_of(value: Any) -> Mark | None:
    """Return *value*, out of a record or a manifest, as a Mark; None when it is nothing that could be one."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal) or value == "":
        return None
    text = str(value)
    if (moment := _moment(text)) is not None:
        return Mark(text, (2, moment))
    if _NUMBER.match(text):
        return Mark(text, (1, Decimal(text)))
    return Mark(text, (0, text)) if isinstance(value, str) else None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def is_late(mark: Mark, began: datetime | None) -> bool:
    """
    Return whether *mark* is a time after the Run *began* (None: it did not yet).

    A number is one when it counts seconds, milliseconds or microseconds since 1970 up to a year after that.
    """
    dated = _dated(mark, began)
    return dated is not None and began is not None and dated > began


def _dated(mark: Mark, began: datetime | None) -> datetime | None:
    number = mark.rank[1]
    if began is None or not isinstance(number, Decimal):
        return mark.moment
    ahead = (number / unit - Decimal(began.timestamp()) for unit in _UNITS)
    return next((began + timedelta(seconds=float(seconds)) for seconds in ahead if 0 < seconds <= _YEAR), None)


def beginning(server: datetime | None, local: datetime) -> datetime:
    """
    Return when a Run began whose first answer came when the clocks said *server* and *local*.

    The server's clock counts, for it dates the records, unless it is plainly wrong.
    """
    return server if server is not None and abs(server - local) <= _DAY else local


class Watermark:
    """
    The cursor of one Run as it rises, page by page. It begins at *before*, that of the Run before.

    *began* is when the Run began, None before it did.
    """

    def __init__(self, field: str, before: str | None) -> None:
        self._field = field
        self._mark = None if before is None else mark_of(before)
        self._before = before
        self.began: datetime | None = None
        self._latest: Mark | None = None

    def begin(self, server: datetime | None, local: datetime) -> str:
        """
        Take note that the first answer came when the clocks said *server* and *local*; return a warning or "".
        """
        self.began = beginning(server, local)
        if server is None or server == self.began:
            return ""
        return f"the API's clock says {server.isoformat()}: ours is used instead"

    def see(self, records: Iterable[Any]) -> None:
        """Rise with *records*; those without a value that could be a cursor are passed over."""
        for record in records:
            self._rise(mark_of(at_path(record, self._field)))

    def see_gist(self, gist: Gist) -> None:
        """Rise with what a page told: as far as with its records."""
        for text in (gist.high, gist.late):
            self._rise(mark_of(text))

    def _rise(self, mark: Mark | None) -> None:
        if mark is None:
            return
        if is_late(mark, self.began):
            self._latest = mark if self._latest is None or mark.rank > self._latest.rank else self._latest
        elif self._mark is None or mark.rank > self._mark.rank:
            self._mark = mark

    @property
    def after(self) -> str | None:
        """The cursor to leave behind; None when there never was one."""
        return self._mark.text if self._mark else self._before

    def warning(self, now: datetime) -> str:
        """Return a warning about records that are dated in the future, seen from *now*; "" when there are none."""
        late = self._latest
        dated = _dated(late, self.began) if late else None
        if late is None or dated is None or dated <= now + _SKEW:
            return ""
        return f"{self._field} is in the future in some record ({excerpt(late.text, 60)}): not taken as the cursor"


def sent(cursor: str, lag: timedelta) -> str:
    """
    Return what to send for *cursor*: itself, or *lag* earlier, in the same spelling and never later than exact.

    Raises ConfigError when there is a lag and *cursor* is no time.
    """
    if not lag:
        return cursor
    moment = _moment(cursor)
    if moment is None:
        raise ConfigError(
            f"a lag needs a cursor that is a time with a zone, but it is {excerpt(cursor, 60)!r}",
            hint="take lag= out of the stream's Cursor, or name another field",
        )
    earlier = max(moment - lag, _BEGINNING) if moment - _BEGINNING > lag else _BEGINNING
    text = earlier.isoformat(timespec=_precision(cursor))
    return text.replace("+00:00", "Z") if cursor.endswith("Z") else text


def _precision(text: str) -> str:
    fraction = re.search(r"[.,]([0-9]+)", text)
    if not fraction:
        return "seconds"
    return "milliseconds" if len(fraction[1]) <= 3 else "microseconds"  # noqa: PLR2004 - three digits of milliseconds
