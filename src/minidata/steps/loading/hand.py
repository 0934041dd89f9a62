"""A loader's connection to Postgres: what breaks it, or gets in its way for a moment, does not end the Load."""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Self, TypeVar

from minidata.adapters.clock import SystemClock
from minidata.adapters.database.connection import LOADER, Database
from minidata.adapters.database.loading.loading import Batch, Unheard, may_pass, was_done
from minidata.adapters.database.targets import Target
from minidata.adapters.project import Project
from minidata.core.clock import Clock
from minidata.core.errors import EngineDown, EngineError, MinidataError
from minidata.steps.engine import database, endpoint, trouble

Result = TypeVar("Result")
Join = Callable[[Database], None]
# Seconds before the next attempt, each shortened by chance.
_PAUSES = (0.1, 0.4, 1.6, 3.2)
_PROBES = 0.2
# How long a Postgres of our own that was stopped may take to begin to start again.
_GRACE = 3.0


class Hand(ExitStack):
    """
    One connection as the loader, that has joined the other loaders by *join*; opened when it is needed.

    What is done with it is done again when the connection breaks: it must be whole transactions that may be repeated.
    A Postgres that nobody has *met* yet is not waited for.
    """

    def __init__(self, project: Project, join: Join, clock: Clock | None = None, *, met: bool = False) -> None:
        super().__init__()
        self._project = project
        self._join = join
        self._clock = clock or SystemClock()
        self._database: Database | None = None
        self._met = met

    def do(self, work: Callable[[Database], Result]) -> Result:
        """
        Return what *work* returns; try again, a few times, when the connection breaks or a transaction is in the way.

        Postgres may take as long to come back as the setting ``engine.start_timeout`` says. Raises what *work* raises,
        and EngineDown at once when Postgres was not there to begin with.
        """
        for pause in _PAUSES:
            try:
                return work(self._open())
            except MinidataError as exc:
                if not (self._met and may_pass(exc)):
                    raise
                self._recover(exc, pause)
        return work(self._open())

    def load(self, target: Target, loaded: Callable[[Database], Batch]) -> Batch:
        """Do what *loaded* does, once: where COMMIT was not answered, the ledger says whether it was done."""
        unheard: list[Batch] = []

        def once(database: Database) -> Batch:
            if unheard and was_done(database, target, unheard[-1]):
                return unheard[-1]
            try:
                return loaded(database)
            except Unheard as exc:
                unheard.append(exc.batch)
                raise

        try:
            return self.do(once)
        except Unheard as exc:
            raise EngineDown(str(exc), hint=exc.hint) from exc

    def _open(self) -> Database:
        if self._database is None:
            settings = self._project.settings.load
            opened = self.enter_context(database(self._project, LOADER, lock_timeout=settings.lock_timeout))
            self._join(opened)
            self._database = opened
            self._met = True
        return self._database

    def _recover(self, cause: MinidataError, pause: float) -> None:
        self._clock.sleep(pause * self._clock.random())
        if not isinstance(cause, EngineDown):
            return
        self._database = None
        self.close()
        begun = self._clock.monotonic()
        while True:
            try:
                self._open()
            except EngineDown:
                if self._clock.monotonic() - begun > self._patience():
                    raise self._gone(cause) from None
                self._clock.sleep(_PROBES)
            else:
                return

    def _gone(self, cause: EngineDown) -> EngineDown:
        with suppress(EngineError):
            if said := trouble(self._project):
                return EngineDown(str(cause), hint=f"its log says: {said}; `minidata up` starts it again")
        return cause

    def _patience(self) -> float:
        try:
            endpoint(self._project)
        except EngineDown:
            return _GRACE
        return self._project.settings.engine.start_timeout

    def __enter__(self) -> Self:
        return self
