"""What came of a Load, Stream by Stream, while it goes on and in the end."""

from collections import Counter
from dataclasses import dataclass

from minidata.adapters.database.ledger.ledger import Counts
from minidata.adapters.database.targets import Target
from minidata.core.errors import RefusedError
from minidata.core.runs import Manifest
from minidata.core.watch import Watch
from minidata.steps.loading.parts import WaitingRun
from minidata.steps.loading.reading import Refused
from minidata.steps.loading.working import Done


@dataclass
class Expected:
    """
    A Run that has *pages*, of which *left* are not loaded yet; its *manifest* is without them.

    One that replaces another counts as one, however many pages it has: none, too.
    """

    key: str
    manifest: Manifest
    pages: int
    left: int


class Tally:
    """What has been done so far of one Stream, and what is still expected of its Runs."""

    def __init__(self, target: Target, watch: Watch) -> None:
        self.target = target
        self.runs = 0
        self.objects = 0
        self.counts = Counts()
        self.reasons: Counter[str] = Counter()
        self.changes: tuple[str, ...] = ()
        self.damaged: dict[str, str] = {}
        self.refused: dict[str, Refused] = {}
        self.shrinks: dict[str, str] = {}
        self.barred: RefusedError | None = None
        # Whether a Run has replaced what was there, or is what is there.
        self.replaced = False
        self._replaces = target.stream.writes == "replace"
        self._watch = watch
        self._expected: dict[str, Expected] = {}

    def expect(self, run: WaitingRun, left: int) -> None:
        """Note a Run that is to be loaded: of which *left* objects are not loaded yet, or that replaces another one."""
        bare = run.manifest.model_copy(update={"boundary": {}})
        self._expected[bare.run] = Expected(run.key, bare, run.count, 1 if self._replaces else left)

    def add(self, done: Done) -> None:
        """Note what came of a task."""
        self.objects += done.objects
        self.counts += done.counts
        self.reasons.update(done.reasons)
        self.damaged |= done.damaged
        self.refused |= done.refused
        self.shrinks |= done.shrinks
        self.replaced |= done.whole
        self._expected[done.manifest.run].left -= done.whole if self._replaces else done.settled
        self._watch.count(f"load {self.target.label}", self.counts.fetched)

    def finished(self) -> list[Expected]:
        """Return the Runs that are loaded whole by now, and expect nothing more of them."""
        whole = [run for run in self._expected.values() if not run.left]
        for run in whole:
            del self._expected[run.manifest.run]
        return whole
