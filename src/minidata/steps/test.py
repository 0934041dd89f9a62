"""test: all tests, against what is published, changing nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from minidata.adapters.database.publishing import published
from minidata.adapters.database.publishing.positions import positions
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError, Exit
from minidata.core.modelling.binding import Binder
from minidata.core.queries.relations import quoted
from minidata.core.queries.sqltext import BUILT
from minidata.core.watch import Nobody, Watch
from minidata.steps.models import analyst, project_models
from minidata.steps.testing.data import Tester
from minidata.steps.testing.outcomes import TestOutcome, worst_of


@dataclass(frozen=True)
class Tested:
    """How the tests went against the publish that is live."""

    publish: int
    tests: tuple[TestOutcome, ...]

    @property
    def exit_code(self) -> Exit:
        """TESTS when a rule is broken, CONFIG or ENGINE when a test's query does not run, else DONE."""
        return worst_of(self.tests)


def test(  # a verb of ours, no test
    project: Project,
    *,
    variables: Mapping[str, str] | None = None,  # noqa: PT028 - see above
    watch: Watch | None = None,  # noqa: PT028 - see above
) -> Tested:
    """
    Run all tests of the project in one snapshot of the database, which others may go on changing.

    Raises ConfigError when the models cannot be understood or nothing is published, EngineError.
    """
    models = project_models(project, variables or {})
    watch = watch or Nobody()
    with analyst(project) as database, database.transaction():
        database.run("set transaction isolation level repeatable read, read only")
        live = next(iter(published.publishes(database, 1)), None)
        if live is None:
            raise ConfigError("nothing is published", hint="run `minidata analyze` first")
        relations = {name: quoted(BUILT, version.relation) for name, version in live.models.items()}
        sources = positions(database, {source for test in models.tests for source in test.sources}, live.run)
        tester = Tester(database, project.settings.analyze, Binder(models.by_name, relations), frozenset(sources))
        outcomes = []
        for number, one in enumerate(models.tests, start=1):
            outcomes.append(tester.run(one)[0])
            watch.count("tests", number, len(models.tests))
        return Tested(live.id, tuple(outcomes))
