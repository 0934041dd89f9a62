"""store verify: is every body still the one that was stored?"""

from dataclasses import dataclass

from minidata.adapters.object_store import ObjectStore
from minidata.core.errors import Exit, ObjectDamaged, ObjectMissing
from minidata.core.runs import Manifest, ObjectKey, Page
from minidata.core.watch import Watch
from minidata.steps.store.contents import StoredRun, manifest_of, runs_in, streams_in
from minidata.steps.stored import at_once

# Where stores are asked what they can do.
_PROBES = "_probe/"


@dataclass(frozen=True)
class Verified:
    """
    What was looked at, and what is wrong.

    *damaged* says of each object that is gone, or is not what was stored, which it is. No damage, but worth knowing:
    Runs that are *unfinished*, and objects that are *stray*, which no manifest names.
    """

    runs: int = 0
    pages: int = 0
    bytes: int = 0
    damaged: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    stray: tuple[str, ...] = ()

    def __add__(self, other: "Verified") -> "Verified":
        return Verified(
            self.runs + other.runs,
            self.pages + other.pages,
            self.bytes + other.bytes,
            self.damaged + other.damaged,
            self.unfinished + other.unfinished,
            self.stray + other.stray,
        )

    @property
    def exit_code(self) -> Exit:
        """STORE when something is damaged."""
        return Exit.STORE if self.damaged else Exit.DONE


def verify(store: ObjectStore, watch: Watch, *, source: str | None = None, stream: str | None = None) -> Verified:
    """
    Read every Page of every finished Run (of one *source*, of one *stream*) and compare its sha256 with the manifest's.

    Raises UnknownName, and StoreError when the store itself cannot be read.
    """
    runs = [run for owner, name in streams_in(store, source, stream) for run in runs_in(store, owner, name)]
    found = Verified()
    for done, one in enumerate(at_once(lambda run: _look(store, run), runs), start=1):
        found += one
        watch.count("store verify: runs", done, len(runs))
    return found if source or stream else found + Verified(stray=_of_no_run(store))


def _look(store: ObjectStore, run: StoredRun) -> Verified:
    """Verify one Run."""
    if not run.finished:
        return Verified(unfinished=(run.name,))
    manifest = manifest_of(store, run)
    if not isinstance(manifest, Manifest):
        return Verified(runs=1, damaged=(str(manifest),))
    return Verified(
        runs=1,
        pages=len(manifest.pages),
        bytes=sum(page.size for page in manifest.pages),
        damaged=tuple(filter(None, at_once(lambda page: _wrong(store, page), manifest.pages))),
        stray=tuple(sorted(set(run.pages) - {page.key for page in manifest.pages})),
    )


def _wrong(store: ObjectStore, page: Page) -> str:
    """Return what is wrong with the page's body, "" when nothing is."""
    try:
        store.get_checked(page.key, page.sha256, page.size)
    except (ObjectDamaged, ObjectMissing) as exc:
        return str(exc)
    return ""


def _of_no_run(store: ObjectStore) -> tuple[str, ...]:
    every = store.keys()
    return tuple(key for key in every if not ObjectKey.parse(key) and not key.startswith(_PROBES))
