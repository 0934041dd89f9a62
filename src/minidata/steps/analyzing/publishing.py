"""What a publish changes, and what goes once it is made."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from minidata.adapters.database.connection import Database
from minidata.adapters.database.publishing import published
from minidata.adapters.database.publishing.candidates import candidates, oldest
from minidata.adapters.database.publishing.dressing import Showing
from minidata.adapters.database.publishing.published import Orphan, Publish
from minidata.adapters.database.publishing.publishing import Edition, publish
from minidata.adapters.database.publishing.sweeping import sweep
from minidata.adapters.database.publishing.versioning import collect
from minidata.core.clock import Clock
from minidata.core.failpoints import Failpoint, reached
from minidata.core.modelling.versions import Version
from minidata.steps.analyzing.planning import Plan


@dataclass(frozen=True)
class Publisher:
    """Publishes what *plan* has built."""

    plan: Plan
    clock: Clock

    def publish(self, built: Collection[str], passed: Collection[str]) -> tuple[int, datetime] | None:
        """
        Show *built*, which has *passed* tests of these fingerprints.

        Return the publish's id and time, None when readers see it already.
        """
        plan = self.plan
        versions = {name: plan.version(name) for name in built}
        showings = self._showings(versions)
        if not showings:
            if plan.published and plan.published[0].passed != passed:
                published.record_passed(plan.database, plan.published[0].id, passed)
            return None
        taken = {version.shown for version in versions.values()}
        left = {name: one for name, one in plan.live.items() if name not in versions and one.shown not in taken}
        edition = Edition(
            run=plan.run,
            showings=showings,
            models={**left, **versions},
            sources={".".join(source): position for source, position in plan.positions.items()},
            orphans=[one for one in self._orphans(versions) if one.shown not in taken],
            passed=passed,
        )
        return publish(plan.database, edition, patience=plan.settings.lock_timeout, clock=self.clock)

    def _showings(self, versions: Mapping[str, Version]) -> list[Showing]:
        """Return what readers are to see otherwise than they do: what is really there counts, not what was noted."""
        plan = self.plan
        there = published.shown(plan.database, [version.shown for version in versions.values()])
        return [
            Showing(name, version, plan.models[name].description, plan.models[name].columns, plan.live.get(name))
            for name, version in versions.items()
            if there.get(version.shown) != version.relation or plan.live.get(name) != version
        ]

    def _orphans(self, versions: Mapping[str, Version]) -> Iterator[Orphan]:
        """Yield the views that are left behind: those of earlier publishes, and of models that are shown elsewhere."""
        if self.plan.published:
            yield from self.plan.published[0].orphans
        for name, version in versions.items():
            was = self.plan.live.get(name)
            if was and was.shown != version.shown:
                yield Orphan(*was.shown, was.relation)


def orphans(plan: Plan, latest: Sequence[Publish]) -> tuple[str, ...]:
    """Return the views that the *latest* publish shows, if there is one, though no model is behind them."""
    gone = [version.shown for one in latest for name, version in one.models.items() if name not in plan.models]
    left = [orphan.shown for one in latest for orphan in one.orphans]
    return tuple(sorted(".".join(shown) for shown in {*gone, *left}))


def tidy(database: Database, keep: Collection[str], versions: int) -> None:
    """Drop what is built and neither in *keep* nor in one of so many *versions* of what was published."""
    states: Sequence[published.Publish] = published.kept(database, versions)
    shown = {version.relation for state in states for version in state.models.values()}
    left = {one.relation for one in states[0].orphans} if states else set()
    sweep(database, {*keep, *shown, *left})
    for base, number in oldest(candidates(database)):
        collect(database, base, number)
    reached(Failpoint.AFTER_SWEEP)
