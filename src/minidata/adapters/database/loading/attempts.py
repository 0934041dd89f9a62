"""Whether to try the short way into a table, which costs something when it fails."""

from typing import ClassVar
from weakref import WeakKeyDictionary

from minidata.adapters.database.connection import Connection
from minidata.adapters.database.targets import Target

_MOST_PASSED_OVER = 7


class Attempts:
    """
    Batches of one connection into one table: in a Run that brings known keys most of them fail.

    After each failure in a row twice as many batches are let pass as after the one before.
    """

    _kept: ClassVar["WeakKeyDictionary[Connection, dict[str, Attempts]]"] = WeakKeyDictionary()

    def __init__(self) -> None:
        self._failures = 0
        self._to_pass_over = 0

    @classmethod
    def of(cls, connection: Connection, target: Target) -> "Attempts":
        """Return those into the table of *target*; they are known as long as the connection lasts."""
        return cls._kept.setdefault(connection, {}).setdefault(target.name(target.root).as_string(), cls())

    def is_due(self) -> bool:
        """Return whether to try with this batch."""
        if self._to_pass_over:
            self._to_pass_over -= 1
            return False
        return True

    def note(self, *, good: bool) -> None:
        """Note whether the attempt went well."""
        self._failures = 0 if good else self._failures + 1
        self._to_pass_over = min(2**self._failures - 1, _MOST_PASSED_OVER)
