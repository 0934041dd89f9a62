"""Asking until there is an answer, or no hope of one; all threads of a Source wait by the same rules."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from typing import Generic, TypeVar

from minidata.adapters.http.sockets import Switch
from minidata.core.clock import Clock
from minidata.core.errors import SourceError
from minidata.core.exchange import Answer
from minidata.core.fetching.pacing import Pace
from minidata.core.fetching.retrying import Limits, Stop, Tried, decide, told_wait
from minidata.core.watch import Watch

Got = TypeVar("Got", Answer, bytes)


@dataclass(frozen=True, slots=True)
class Fault(Generic[Got]):
    """
    What went wrong in one attempt, and what the retry rules may know of it: *status* None for no whole response.

    *unsent*: nothing of the request can have come there. *answer* is what to be content with when asking again does not
    help either.
    """

    error: SourceError
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    unsent: bool = False
    answer: Got | None = None


@dataclass(frozen=True)
class Asking:
    """How patiently a Source is asked; *switch* ends all patience."""

    limits: Limits
    clock: Clock
    watch: Watch
    pace: Pace
    switch: Switch
    _one_at_a_time: Lock = field(default_factory=Lock)

    def until_answered(self, attempt: Callable[[], Got | Fault[Got]], *, harmless: bool) -> Got:
        """
        Return what *attempt* returns, after a Fault trying again where that may help.

        What is not *harmless* is not tried again once it may have done something. Raises SourceError, that of the last
        Fault, when there is nothing to be content with.
        """
        began = self.clock.monotonic()
        number = 1
        while isinstance(got := self._tried(attempt), Fault):
            elapsed = self.clock.monotonic() - began
            tried = Tried(number, elapsed, got.status, got.headers, harmless or got.unsent)
            now = self.clock.now()
            step = decide(tried, self.limits, now=now, chance=self.clock.random())
            self._hold_all(told_wait(got.headers, now))
            if isinstance(step, Stop):
                return _given_up(got, step)
            self.watch.note(f"{got.error}, again in {step.seconds:.1f} s")
            self.clock.wait(self.switch.off, step.seconds)
            number += 1
        return got

    def wait_for_turn(self) -> None:
        """
        Come back when it is this thread's turn to send a request.

        Raises SourceError at once when the API has told one of us to wait for longer than we have patience.
        """
        now = self.clock.monotonic()
        at = self._turn(now)
        while at > now:
            if (held := self.pace.held_for(now)) > self.limits.patience:
                until = self.clock.now() + timedelta(seconds=held)
                raise SourceError(f"the API wants to be left alone until {until:%Y-%m-%d %H:%M:%S} UTC")
            self.clock.wait(self.switch.off, at - now)
            self._check_on()
            now = self.clock.monotonic()
            at = self._turn(now) if self.pace.lapsed(at) else at

    def _turn(self, now: float) -> float:
        with self._one_at_a_time:
            return self.pace.turn(now)

    def _tried(self, attempt: Callable[[], Got | Fault[Got]]) -> Got | Fault[Got]:
        self._check_on()
        got = attempt()
        if isinstance(got, Fault):
            self._check_on()
        return got

    def _hold_all(self, told: float | None) -> None:
        """Whom the API tells to wait, it tells for all of us."""
        if told:
            with self._one_at_a_time:
                self.pace.hold(self.clock.monotonic() + told)

    def _check_on(self) -> None:
        if self.switch.off.is_set():
            raise SourceError("stopped: nothing more is asked of the API")


def _given_up(fault: Fault[Got], stop: Stop) -> Got:
    if fault.answer is not None:
        return fault.answer
    if stop.reason:
        raise SourceError(f"{fault.error} ({stop.reason})", hint=fault.error.hint)
    raise fault.error
