"""A table of records that changes by the fall of the dice, and remembers every record it ever held."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Record = dict[str, Any]
LAG = timedelta(minutes=10)

_NO_TIME = datetime.min.replace(tzinfo=UTC)
_FAR = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def zulu(moment: datetime) -> str:
    """A moment as most APIs write it."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"


def finer(digits: int, moment: datetime) -> str:
    """A moment with more digits than a second has, in the other spelling of UTC."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{f'{moment:%f}000'[:digits]}+00:00"


@dataclass
class Table:
    """
    The API's records, by the order in which they came.

    *spell* writes a moment as the API does. *ever* holds all that was ever visible; a record that was changed is
    another one there.
    """

    now: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)
    spell: Callable[[datetime], Any] = zulu
    rows: dict[int, Record] = field(default_factory=dict)
    moments: dict[int, datetime] = field(default_factory=dict)
    ever: list[Record] = field(default_factory=list)

    def put(self, serial: int, moment: datetime | None = None, **fields: Any) -> None:
        """Insert or update a record, dated *moment*: now, if not said. It is visible at once."""
        moment = moment or self.now
        before = self.rows.get(serial, {"id": serial, "n": 0})
        record = {**before, "n": before["n"] + 1, "updated_at": self.spell(moment), **fields}
        self.rows[serial], self.moments[serial] = record, moment
        self.ever.append(record)

    def insert(self, moment: datetime | None = None, **fields: Any) -> None:
        """Insert a new record."""
        self.put(len(self.ever) + 1, moment, **fields)

    def poison(self, **fields: Any) -> None:
        """Insert a record without a time: the API finds it whatever is asked for."""
        self.insert(_NO_TIME, **fields)

    def found(self, since: datetime | None, until: datetime | None) -> list[int]:
        """The serials of those dated at *since* or later, and before *until*, the oldest first."""
        low, high = since or _NO_TIME, until or datetime.max.replace(tzinfo=UTC)
        found = [one for one, at in self.moments.items() if low <= at < high or (at == _NO_TIME and not until)]
        return sorted(found, key=lambda one: (self.moments[one], one))


@dataclass
class Changes:
    """
    How a table changes. With *loses* records are deleted too; with *events* none is ever changed, and some are equal.

    With *late* some come late: dated up to LAG before the moment from which on they are visible.
    """

    table: Table
    chance: random.Random
    loses: bool = False
    events: bool = False
    late: bool = True

    def some(self, most: int, *, behind: bool = False) -> None:
        """Let up to so many things happen, and time pass; *behind* all that is there, in the order of ids, if said."""
        possible = self._behind() if behind or self.events else [*self._behind(), *self._among()]
        for _ in range(self.chance.randint(0, most)):
            self.chance.choice(possible)()
            self.table.now += timedelta(seconds=self.chance.choice([0, 0, 0.2, 1, 30]))

    def _behind(self) -> list[Callable[[], None]]:
        one = self._event if self.events else self.table.insert
        return [one, one, self._ties, self._future, *[self._late] * self.late]

    def _among(self) -> list[Callable[[], None]]:
        return [self._update, self._update, self._late_update, *[self._delete] * self.loses]

    def _any(self) -> int:
        return self.chance.choice([*self.table.rows, len(self.table.ever) + 1])

    def _event(self) -> None:
        # Two of them may be equal in all they say; more would make pages that are equal, which no client believes.
        self.table.insert(id=1, n=len(self.table.ever) // 2)

    def _update(self) -> None:
        self.table.put(self._any())

    def _ties(self) -> None:
        for _ in range(self.chance.randint(2, 8)):
            self._event() if self.events else self.table.insert()

    def _late(self) -> None:
        self.table.insert(self.table.now - LAG * self.chance.random())

    def _late_update(self) -> None:
        self.table.put(self._any(), self.table.now - LAG * self.chance.choice([0.5, 1]))

    def _future(self) -> None:
        soon = self.table.now + timedelta(seconds=self.chance.choice([2, 60, 90_000]))
        self.table.insert(self.chance.choice([soon, soon, _FAR]))

    def _delete(self) -> None:
        gone = self._any()
        self.table.rows.pop(gone, None)
        self.table.moments.pop(gone, None)
