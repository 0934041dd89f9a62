"""store ls: the Runs of an object store, and the Pages of one."""

from dataclasses import dataclass

from minidata.adapters.object_store import ObjectStore
from minidata.core.errors import MinidataError
from minidata.core.runs import Manifest, Page
from minidata.core.watch import Watch
from minidata.steps.store.contents import StoredRun, find_run, manifest_of, runs_in, streams_in
from minidata.steps.stored import at_once


@dataclass(frozen=True)
class ListedRun:
    """
    One Run. *pages* are those that are there; *bytes* are those of their bodies.

    What only the manifest knows is None when the Run is not *finished*, or its manifest *damaged*: then it says how.
    """

    source: str
    stream: str
    run: str
    finished: bool
    pages: int
    bytes: int | None
    records: int | None
    cursor: str | None
    damaged: str = ""


@dataclass(frozen=True)
class Listed:
    """The Runs of a store, by Stream, the oldest first."""

    runs: tuple[ListedRun, ...]


@dataclass(frozen=True)
class ListedPages:
    """The Pages of one finished Run as its manifest tells; of an unfinished one, only the *keys* are known."""

    run: ListedRun
    keys: tuple[str, ...]
    pages: tuple[Page, ...]


def list_runs(store: ObjectStore, watch: Watch, *, source: str | None = None, stream: str | None = None) -> Listed:
    """List all Runs (of one *source*, of one *stream*). Raises UnknownName and StoreError."""
    runs = [run for owner, name in streams_in(store, source, stream) for run in runs_in(store, owner, name)]
    listed = []
    for one in at_once(lambda run: _listed(run, _read(store, run)), runs):
        listed.append(one)
        watch.count("store ls", len(listed), len(runs))
    return Listed(tuple(listed))


def list_pages(store: ObjectStore, run: str, *, source: str | None = None, stream: str | None = None) -> ListedPages:
    """List the Pages of the Run whose id is, or begins with, *run*. Raises ConfigError and StoreError."""
    found = find_run(store, run, source, stream)
    manifest = _read(store, found)
    pages = manifest.pages if isinstance(manifest, Manifest) else ()
    return ListedPages(_listed(found, manifest), found.pages, pages)


def _read(store: ObjectStore, run: StoredRun) -> Manifest | MinidataError | None:
    return manifest_of(store, run) if run.finished else None


def _listed(run: StoredRun, manifest: Manifest | MinidataError | None) -> ListedRun:
    known = manifest if isinstance(manifest, Manifest) else None
    return ListedRun(
        source=run.source,
        stream=run.stream,
        run=run.run,
        finished=run.finished,
        pages=len(run.pages),
        bytes=sum(page.size for page in known.pages) if known else None,
        records=known.records if known else None,
        cursor=known.cursor_after if known else None,
        damaged=str(manifest) if isinstance(manifest, MinidataError) else "",
    )
