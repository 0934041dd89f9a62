"""What analyze and test share: the project's models and tests, understood, and tests run against relations."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal

from minidata.adapters.clock import SystemClock
from minidata.adapters.database.authored import Authored
from minidata.adapters.database.connection import ANALYST, Database
from minidata.adapters.database.publishing.testing import Evidence, failing_rows
from minidata.adapters.models import models_folder, read_model_files
from minidata.adapters.project import Project
from minidata.core.clock import Clock
from minidata.core.dialect.variables import Outside
from minidata.core.errors import ConfigError, EngineDown, EngineError, Exit, worst
from minidata.core.modelling.binding import Binder
from minidata.core.modelling.models import Models
from minidata.core.modelling.reading import read_models
from minidata.core.queries.relations import PUBLISHED
from minidata.core.settings import AnalyzeSection
from minidata.core.testing.configuring import Severity
from minidata.core.testing.datatests import DataTest
from minidata.steps.engine import database

TestStatus = Literal["pass", "warn", "fail", "broken", "skipped"]


@dataclass(frozen=True)
class TestOutcome:
    """
    How a test went: *failures* is the number of rows that break its rule.

    *about* is the model or the source's table it belongs to, or what a query of its own reads. A *broken* test has a
    query that does not run; one is *skipped* when something it reads is not there. *message* says why.
    """

    name: str
    about: str
    severity: Severity
    status: TestStatus
    failures: int = 0
    message: str = ""
    exit_code: Exit = Exit.DONE


def project_models(
    project: Project,
    variables: Mapping[str, Any],
    *,
    run: str = "",
    clock: Clock | None = None,
    full_refresh: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> Models:
    """
    Return the project's Models and tests; *variables* win over those of minidata.toml. Raises ConfigError.

    *run* and *full_refresh* are what templates may ask, *tell* takes what they have to say.
    """
    settings = project.settings
    outside = Outside(
        variables={**settings.vars, **variables},
        environ=project.environ,
        target=_target(project),
        run=run,
        started_at=(clock or SystemClock()).now(),
        full_refresh=full_refresh,
        tell=tell,
    )
    models = read_models(read_model_files(project.root, settings.analyze.folder), outside)
    if not models.by_name:
        folder = models_folder(project.root, settings.analyze.folder)
        raise ConfigError("there are no models", hint=f"write a SELECT into {folder / 'models'}/NAME.sql")
    return models


def folder(project: Project) -> str:
    """Return the folder that has the models, seen from the project; "" for the project's own."""
    found = models_folder(project.root, project.settings.analyze.folder)
    return "" if found == project.root else os.path.relpath(found, project.root)


def _target(project: Project) -> Mapping[str, Any]:
    """Return what templates know as ``target``, dbt's words for where models are built."""
    name = project.settings.analyze.target
    return {
        "name": name,
        "target_name": name,
        "profile_name": "minidata",
        "type": "postgres",
        "schema": PUBLISHED,
        "database": "minidata",
        "dbname": "minidata",
        "user": ANALYST,
        "host": "",
        "port": 5432,
        "threads": 1,
    }


def analyst(project: Project) -> AbstractContextManager[Database]:
    """Connect as the role that builds and publishes."""
    return database(project, ANALYST, lock_timeout=project.settings.analyze.lock_timeout)


@dataclass(frozen=True)
class Tester:
    """
    Runs tests against what stands for each model (*binder*): what was built for it, or its query when it is ephemeral.

    *sources* are the tables of Sources that are there.
    """

    database: Database
    settings: AnalyzeSection
    binder: Binder
    sources: frozenset[tuple[str, str]]

    def run(self, test: DataTest) -> tuple[TestOutcome, Evidence | None]:
        """Run one test; return how it went and, when rows break its rule, what is to be kept of them."""
        missing = [
            *sorted(self.binder.reads(test.refs) - self.binder.relations.keys()),
            *(".".join(s) for s in sorted(test.sources - self.sources)),
        ]
        if missing:
            return self._outcome(test, "skipped", message=f"{', '.join(missing)} is not there yet"), None
        bound = self.binder.bind(test.query, test.place)
        query = Authored(f"test {test.name}", bound.text, bound.place)
        settings = self.settings
        try:
            failing = failing_rows(
                self.database, query, keep=settings.keep_failures, timeout=settings.statement_timeout
            )
        except EngineDown:
            raise
        except (ConfigError, EngineError) as exc:
            return self._outcome(test, "broken", message=str(exc), exit_code=exc.exit_code), None
        if not failing.count:
            return self._outcome(test, "pass"), None
        status: TestStatus = "warn" if test.severity == "warn" else "fail"
        evidence = Evidence(test.name, test.about, test.severity, bound.text, failing)
        return self._outcome(test, status, failures=failing.count), evidence

    def _outcome(
        self, test: DataTest, status: TestStatus, *, failures: int = 0, message: str = "", exit_code: Exit = Exit.DONE
    ) -> TestOutcome:
        code = Exit.TESTS if status == "fail" else exit_code
        about = test.about or ", ".join(sorted(test.refs))
        return TestOutcome(test.name, about, test.severity, status, failures, message, code)


def worst_of(tests: Sequence[TestOutcome]) -> Exit:
    """Return TESTS when a rule is broken, CONFIG or ENGINE when a test's query is, else DONE."""
    return worst(test.exit_code for test in tests)
