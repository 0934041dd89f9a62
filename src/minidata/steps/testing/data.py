"""Tests of data, run against what stands for each model."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from minidata.adapters.database.authored import Authored
from minidata.adapters.database.connection import Database
from minidata.adapters.database.publishing.testing import Evidence, Judged, judge
from minidata.core.dialect.variables import literal
from minidata.core.errors import ConfigError, EngineDown, EngineError, Exit
from minidata.core.modelling.binding import Binder
from minidata.core.places import Place
from minidata.core.queries.sqltext import Query
from minidata.core.settings import AnalyzeSection
from minidata.core.testing.datatests import DataTest
from minidata.core.testing.freshness import age_told
from minidata.core.wording import counted
from minidata.steps.analyzing.warehouse import BuiltWarehouse
from minidata.steps.testing.outcomes import TestOutcome, TestStatus

# Returns what answers the template of something, at a place.
Answering = Callable[[Database, str, Place], BuiltWarehouse]
_DEFAULT = "count(*)"


@dataclass(frozen=True)
class Tester:
    """
    Runs tests against what stands for each model (*binder*): what was built for it, or its query when it is ephemeral.

    *sources* are the tables of Sources that are there; *warehouse* answers the templates of tests that ask.
    """

    database: Database
    settings: AnalyzeSection
    binder: Binder
    sources: frozenset[tuple[str, str]]
    warehouse: Answering | None = None
    # Templates are rendered one at a time.
    _rendering: Lock = field(default_factory=Lock)

    def run(self, test: DataTest) -> tuple[TestOutcome, Evidence | None]:
        """Run one test; return how it went and, when rows break its rule, what is to be kept of them."""
        missing = self.missing(test.query)
        if missing:
            return outcome(test, "skipped", message=f"{', '.join(missing)} is not there yet"), None
        keep = self.settings.keep_failures if test.config.store_failures else 0
        try:
            query = self._bound(test)
            judged = judge(self.database, query, test.config, keep=keep, timeout=self.settings.statement_timeout)
        except EngineDown:
            raise
        except (ConfigError, EngineError) as exc:
            message = str(exc).removeprefix(f"{_named(test)}: ")
            return outcome(test, "broken", message=message, exit_code=exc.exit_code), None
        return _told(test, judged, query.text)

    def missing(self, query: Query) -> list[str]:
        """Return what *query* reads and is not there."""
        return [
            *sorted(self.binder.reads(query.refs) - self.binder.relations.keys()),
            *(".".join(source) for source in sorted(query.sources - self.sources)),
        ]

    def _bound(self, test: DataTest) -> Authored:
        what = _named(test)
        query, binder = test.query, self.binder
        if self.warehouse:
            asked = self.warehouse(self.database, what, test.place)
            with self._rendering:
                asked.settle(query.refs)
                query, binder = test.asked(asked) if test.late else query, asked.binder
        bound = binder.bind(query, test.place)
        return Authored(what, bound.text, bound.place)


def _named(test: DataTest) -> str:
    return f"test {test.name}"


def _told(test: DataTest, judged: Judged, query: str) -> tuple[TestOutcome, Evidence | None]:
    """Return how the test went, by dbt's rule: an error is one only for a test that is that severe."""
    if test.severity == "error" and judged.should_error:
        status: TestStatus = "fail"
    elif judged.should_warn:
        status = "warn"
    else:
        return outcome(test, "pass"), None
    look = _LOOK.format(test=literal(test.name)) if judged.rows else ""
    told = outcome(test, status, failures=judged.failures, message=_message(test, status, judged), look=look)
    return told, Evidence(test.name, told.about, test.severity, query, judged.failures, judged.rows)


_LOOK = "select row from minidata.test_failure where test = {test}"


def _message(test: DataTest, status: TestStatus, judged: Judged) -> str:
    config = test.config
    if test.kind == "freshness":
        return f"{age_told(judged.failures)}: {test.description}"
    bound = config.error_if if status == "fail" else config.warn_if
    counts = f"{counted(judged.failures, 'row')} break{'s' if judged.failures == 1 else ''} it"
    if config.fail_calc == _DEFAULT:
        return counts if bound == "!= 0" else f"{counts}, and {_verb(status)} if it is {bound}"
    return f"{config.fail_calc} is {judged.failures:,}, and {_verb(status)} if it is {bound}"


def _verb(status: TestStatus) -> str:
    return "it fails" if status == "fail" else "it warns"


def outcome(  # noqa: PLR0913 - each of them may be left out
    test: DataTest,
    status: TestStatus,
    *,
    failures: int = 0,
    message: str = "",
    exit_code: Exit = Exit.DONE,
    look: str = "",
) -> TestOutcome:
    """Return how *test* went."""
    code = Exit.TESTS if status == "fail" else exit_code
    about = test.about or ", ".join(sorted({*test.refs, *map(".".join, test.sources)}))
    return TestOutcome(test.name, about, test.severity, status, failures, message, code, "data", look)
