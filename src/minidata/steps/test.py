"""
test: tests of data against what is published, and unit tests of models over the rows that are written beside them.

Nothing that is published is changed. Rows that break a rule are kept as analyze keeps them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from minidata.adapters.clock import SystemClock
from minidata.adapters.database.connection import Database
from minidata.adapters.database.crew import Crew
from minidata.adapters.database.publishing import published
from minidata.adapters.database.publishing.positions import positions
from minidata.adapters.database.publishing.published import Publish
from minidata.adapters.database.publishing.testing import Evidence, keep_evidence
from minidata.adapters.database.snapshots import snapshot, within
from minidata.adapters.machine import cores
from minidata.adapters.project import Project
from minidata.core.clock import Clock
from minidata.core.errors import ConfigError, Exit
from minidata.core.modelling.binding import Binder
from minidata.core.modelling.choosing import Choice, chosen
from minidata.core.modelling.models import Models
from minidata.core.places import Place
from minidata.core.queries.relations import quoted
from minidata.core.queries.sqltext import BUILT
from minidata.core.run_ids import run_id
from minidata.core.source import Source
from minidata.core.testing.datatests import DataTest
from minidata.core.testing.unittests import UnitTest
from minidata.core.watch import Nobody, Watch
from minidata.steps.analyzing.planning import check
from minidata.steps.analyzing.warehouse import BuiltWarehouse
from minidata.steps.models import analyst, folder, project_models
from minidata.steps.testing.data import Tester
from minidata.steps.testing.outcomes import TestKind, TestOutcome, worst_of
from minidata.steps.testing.shapes import Shapes, declared
from minidata.steps.testing.units import UnitTester

Found = tuple[TestOutcome, Evidence | None]
Done = TypeVar("Done")


@dataclass(frozen=True)
class Tested:
    """How the tests went; those of data against the *publish* that is live, None when nothing is published."""

    publish: int | None
    tests: tuple[TestOutcome, ...]

    @property
    def exit_code(self) -> Exit:
        """TESTS when a rule is broken, CONFIG or ENGINE when a test's query does not run, else DONE."""
        return worst_of(self.tests)


@dataclass(frozen=True)
class Wishes:
    """Which tests are to run (*select*, *exclude*, only those of a *kind*), and how many at one time."""

    select: Sequence[str] = ()
    exclude: Sequence[str] = ()
    kind: TestKind | None = None
    threads: int | None = None

    def options(self) -> list[str]:
        """Return the wishes as the command line spells them, in one word each."""
        return [
            *(f"--select={one}" for one in self.select),
            *(f"--exclude={one}" for one in self.exclude),
            *([f"--{self.kind}"] if self.kind else []),
            *([f"--threads={self.threads}"] if self.threads else []),
        ]


def test(  # noqa: PLR0913 - a verb of ours, no test; each of them may be left out
    project: Project,
    wishes: Wishes | None = None,  # noqa: PT028 - see above
    *,
    sources: Callable[[], Mapping[str, Source]] = dict,  # noqa: PT028 - see above
    variables: Mapping[str, str] | None = None,  # noqa: PT028 - see above
    watch: Watch | None = None,  # noqa: PT028 - see above
    clock: Clock | None = None,  # noqa: PT028 - see above
) -> Tested:
    """
    Run tests in one snapshot of the database, which others may go on changing.

    *sources* are asked which columns tables have that are not loaded yet. Raises ConfigError when the models cannot be
    understood, or when tests of data are all that there is and nothing is published; UnknownName, EngineError.
    """
    clock = clock or SystemClock()
    run = run_id(clock.now(), clock.token())
    watch = watch or Nobody()
    models = project_models(project, variables or {}, run=run, clock=clock, tell=watch.note)
    check(models)
    with analyst(project) as database:
        testing = _Testing(project, models, wishes or Wishes(), watch, sources)
        with snapshot(database) as name:
            live = next(iter(published.publishes(database, 1)), None)
            found = testing.run(database, name, live)
        keep_evidence(database, run, [evidence for _, evidence in found if evidence])
        return Tested(live.id if live else None, tuple(outcome for outcome, _ in found))


@dataclass(frozen=True)
class _Testing:
    project: Project
    models: Models
    wishes: Wishes
    watch: Watch
    sources: Callable[[], Mapping[str, Source]]

    def run(self, database: Database, name: str, live: Publish | None) -> list[Found]:
        """Run what is wished for, in the snapshot of this *name*; *live* is what is published there."""
        choice = self._chosen(live)
        units = [one for one in self.models.unit_tests if one.id in choice.units and self.wishes.kind != "data"]
        tests = [one for one in self.models.tests if one.id in choice.tests and self.wishes.kind != "unit"]
        if live is None and not units and self.wishes.kind != "unit":
            raise ConfigError("nothing is published", hint="run `minidata analyze` first")
        work = [*self._units(units, live), *self._data(tests, live, database)]
        found = []
        with self._workers(database, name, len(work)) as start:
            for number, wait in enumerate([start(one) for one in work], start=1):
                found.append(wait())
                self.watch.count("tests", number, len(work))
        return found

    def _chosen(self, live: Publish | None) -> Choice:
        models, wishes = self.models, self.wishes
        choice = chosen(
            models,
            wishes.select,
            wishes.exclude,
            live=live.models if live else {},
            decisions={},
            folder=folder(self.project),
        )
        for note in choice.notes:
            self.watch.note(note)
        return choice

    def _units(self, units: Sequence[UnitTest], live: Publish | None) -> Iterator[Callable[[Database], Found]]:
        relations = {name: (BUILT, version.relation) for name, version in (live.models if live else {}).items()}
        shapes = Shapes(self.models, lambda: declared(self.models, self.sources().values()), relations)
        tester = UnitTester(self.models, shapes, self.project.settings.analyze)
        for unit in units:
            yield lambda database, unit=unit: (tester.run(unit, database), None)  # type: ignore[misc]

    def _data(
        self, tests: Sequence[DataTest], live: Publish | None, database: Database
    ) -> Iterator[Callable[[Database], Found]]:
        built = {name: version.relation for name, version in (live.models if live else {}).items()}
        binder = Binder(self.models.by_name, {name: quoted(BUILT, relation) for name, relation in built.items()})
        there = positions(database, {source for test in tests for source in test.sources}, live.run if live else "")

        def warehouse(database: Database, what: str, place: Place) -> BuiltWarehouse:
            return BuiltWarehouse(database, binder, self.models, built, what, place)

        tester = Tester(database, self.project.settings.analyze, binder, frozenset(there), warehouse)
        for test in tests:
            yield lambda database, test=test: replace(tester, database=database).run(test)  # type: ignore[misc]

    @contextmanager
    def _workers(
        self, database: Database, name: str, work: int
    ) -> Iterator[Callable[[Callable[[Database], Done]], Callable[[], Done]]]:
        """Yield what begins one piece of work and returns what waits for its end."""
        settings = self.project.settings.analyze
        threads = min(self.wishes.threads or settings.threads or cores(), work)
        if threads <= 1:
            yield lambda one: partial(one, database)
            return

        def seen(one: Callable[[Database], Done], database: Database) -> Done:
            with within(database, name):
                return one(database)

        with analyst(self.project) as first, Crew(first, partial(analyst, self.project), threads) as crew:
            yield lambda one: crew.start(partial(seen, one)).result
