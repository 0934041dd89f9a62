"""The door to time and chance."""

import random
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from minidata.core.clock import Flag


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's own clock and dice."""

    def now(self) -> datetime:
        """Return the time of day, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Come back when *seconds* have passed."""
        time.sleep(seconds)

    def wait(self, flag: Flag, seconds: float) -> None:
        """Come back when *flag* is set, or when *seconds* have passed."""
        flag.wait(seconds)

    def random(self) -> float:
        """Return a number in [0, 1)."""
        return random.random()  # noqa: S311 - spreads retries, keeps no secret

    def token(self) -> str:
        """Return eight hexadecimal digits that nobody can guess."""
        return secrets.token_hex(4)
