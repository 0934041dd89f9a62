"""The tests before a publish: run, but for those that passed before over the very same rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from minidata.adapters.database.crew import Crew
from minidata.adapters.database.publishing.testing import keep_evidence
from minidata.core.modelling.verdicts import Verdicts
from minidata.core.testing.datatests import DataTest
from minidata.core.watch import Watch
from minidata.steps.analyzing.planning import Plan
from minidata.steps.testing.data import Tester, outcome
from minidata.steps.testing.outcomes import TestOutcome


@dataclass(frozen=True)
class Gate:
    """Runs tests of *plan* against what *tester* knows, several at one time; *verdicts* tell them apart."""

    plan: Plan
    tester: Tester
    verdicts: Verdicts
    crew: Crew
    watch: Watch

    def run(self, tests: Sequence[DataTest]) -> tuple[list[TestOutcome], frozenset[str]]:
        """Return how each of *tests* went, in their order, and the fingerprints of those that passed."""
        plan, verdicts = self.plan, [self._verdict(test) for test in tests]
        # Who asks for all of it anew means the tests, too.
        known = plan.published[0].passed if plan.published and not plan.full_refresh else frozenset()
        started = {
            at: self.crew.start(lambda database, test=test: replace(self.tester, database=database).run(test))  # type: ignore[misc]
            for at, test in enumerate(tests)
            if verdicts[at] not in known
        }
        outcomes = [replace(outcome(test, "pass"), kept=True) for test in tests]
        evidence = []
        for number, (at, future) in enumerate(started.items(), start=1):
            outcomes[at], found = future.result()
            evidence += [found] if found else []
            self.watch.count("tests", number, len(started))
        keep_evidence(plan.database, plan.run, evidence)
        passed = (verdict for verdict, one in zip(verdicts, outcomes, strict=True) if one.status == "pass" and verdict)
        return outcomes, frozenset(passed)

    def _verdict(self, test: DataTest) -> str | None:
        if test.late or self.tester.missing(test.query):
            return None
        bound = self.tester.binder.bind(test.query, test.place)
        return self.verdicts.fingerprint(test, bound.text)
