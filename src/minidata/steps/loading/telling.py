"""What came of a Load, Stream by Stream, while it goes on and in the end."""

from collections import Counter
from dataclasses import dataclass

from minidata.adapters.database.ledger import Counts
from minidata.adapters.database.targets import Target
from minidata.core.runs import Manifest
from minidata.core.watch import Watch
from minidata.steps.loading.working import Done, Refused


@dataclass
class Expected:
    """A Run of which *left* objects are not loaded yet."""

    key: str
    manifest: Manifest
    pages: int
    left: int


class Tally:
    """What has been done so far of one Stream, and what is still expected of its Runs."""

    def __init__(self, target: Target, watch: Watch) -> None:
        self.target = target
        self.watch = watch
        self.runs = 0
        self.objects = 0
        self.counts = Counts()
        self.reasons: Counter[str] = Counter()
        self.changes: tuple[str, ...] = ()
        self.damaged: list[str] = []
        self.refused: list[Refused] = []
        self.expected: dict[str, Expected] = {}

    def expect(self, key: str, manifest: Manifest, left: int) -> None:
        """Note a Run that is to be loaded, of which *left* objects are not loaded yet."""
        bare = manifest.model_copy(update={"pages": (), "boundary": {}})
        self.expected[manifest.run] = Expected(key, bare, len(manifest.pages), left)

    def add(self, done: Done) -> None:
        """Note what came of a task."""
        self.objects += done.objects
        self.counts += done.counts
        self.reasons.update(done.reasons)
        self.damaged += done.damaged
        self.refused += done.refused
        self.expected[done.manifest.run].left -= done.settled
        self.watch.count(f"load {self.target.label}", self.counts.fetched)

    def finished(self) -> list[Expected]:
        """Return the Runs that are loaded whole by now, and expect nothing more of them."""
        whole = [run for run in self.expected.values() if not run.left]
        for run in whole:
            del self.expected[run.manifest.run]
        return whole
