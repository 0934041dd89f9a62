"""
ingest --from: what a person has on disk becomes a Run like any other.

All files are looked at before the first byte is stored: one that the Stream could not read leaves the store as it was.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from minidata import __version__
from minidata.adapters.clock import SystemClock
from minidata.adapters.dumps import dump_of, dumps_at
from minidata.adapters.object_store import ObjectStore
from minidata.adapters.project import Project
from minidata.core.clock import Clock
from minidata.core.errors import ConfigError, ObjectDamaged
from minidata.core.run_ids import run_id
from minidata.core.runs import Manifest, Page, manifest_key, page_key, run_prefix, stream_prefix
from minidata.core.source import Source, Stream, chosen_streams
from minidata.core.watch import Nobody, Watch
from minidata.steps.ingest import Ingested, IngestedStream
from minidata.steps.ingesting.files import LookedAt
from minidata.steps.stored import at_once, finished_runs, newest_manifest, writable_store_of

_STDIN = Path("-")
_AS_IF = 200  # the status of an answer that brought what was asked for
_TYPES = {"json": "application/json", "ndjson": "application/x-ndjson"}


def ingest_files(  # noqa: PLR0913 - each is an option of the command, given by name
    project: Project,
    sources: Mapping[str, Source],
    given: Path,
    *,
    source: str | None = None,
    stream: str | None = None,
    stdin: BinaryIO | None = None,
    watch: Watch | None = None,
    clock: Clock | None = None,
) -> Ingested:
    """
    Keep the file *given*, all files of a folder, or with ``-`` what *stdin* says, as one Run of the one Stream meant.

    Each file is a Page, decompressed first when it is gzip or zstd. The Stream's cursor stays where it was. When a
    finished Run is of the same bytes already, nothing is stored. Raises, before anything is stored, ConfigError for
    what is no file to read, and SourceError for what is not as the Stream says; StoreError; LockedError.
    """
    owner, wanted = _one_stream(sources, source, stream)
    dumps = [dump_of(stdin)] if stdin is not None and given == _STDIN else dumps_at(given)
    watch, clock = watch or Nobody(), clock or SystemClock()
    began = clock.monotonic()
    looked_at = [LookedAt.at(dump, wanted, owner.max_body or project.settings.http.max_body) for dump in dumps]
    with project.lock(f"ingest-{owner.name}-{wanted.name}"):
        store = writable_store_of(project, watch)
        store.sweep(stream_prefix(owner.name, wanted.name))
        same = _same_run(store, owner, wanted, looked_at)
        manifest = same or _Keeping(project, store, owner, wanted, clock).keep(looked_at, watch)
    facts = IngestedStream(
        source=owner.name,
        stream=wanted.name,
        run=manifest.run,
        pages=0 if same else len(manifest.pages),
        records=0 if same else sum(one.records for one in looked_at),
        bytes=0 if same else sum(page.size for page in manifest.pages),
        seconds=clock.monotonic() - began,
        cursor=manifest.cursor_after,
        warnings=() if same else manifest.warnings,
        unchanged=same is not None,
        ended=manifest.ended,
    )
    return Ingested((facts,), ())


def _one_stream(sources: Mapping[str, Source], source: str | None, stream: str | None) -> tuple[Source, Stream]:
    chosen = chosen_streams(sources, source, stream)
    if len(chosen) > 1:
        raise ConfigError(
            f"--from fills one stream, but {len(chosen)} are meant", hint="say which: --source SOURCE --stream STREAM"
        )
    return chosen[0]


def _same_run(store: ObjectStore, source: Source, stream: Stream, files: Sequence[LookedAt]) -> Manifest | None:
    """Return the newest finished Run that is of these very files; None when there is none."""
    wanted = [(one.url, one.sha256) for one in files]
    keys = [run.key for run in reversed(finished_runs(store, source.name, stream.name))]
    found = at_once(lambda key: _manifest(store, key), keys)
    return next((one for one in found if one and [(page.url, page.sha256) for page in one.pages] == wanted), None)


def _manifest(store: ObjectStore, key: str) -> Manifest | None:
    try:
        return Manifest.parse(key, store.get(key))
    except ObjectDamaged:
        # Load tells of it; it is not in the way of what comes now.
        return None


class _Keeping:
    """A Run of files being kept, one in memory at a time."""

    def __init__(self, project: Project, store: ObjectStore, source: Source, stream: Stream, clock: Clock) -> None:
        self._redact = project.redact
        self._store = store
        self._source = source.name
        self._stream = stream
        self._clock = clock
        self._began = clock.now()
        self._run = run_id(self._began, clock.token())
        self._prefix = run_prefix(source.name, stream.name, self._run)
        self._warnings: list[str] = []

    def keep(self, files: Sequence[LookedAt], watch: Watch) -> Manifest:
        """Put all *files* as Pages, and the manifest last; return it."""
        before = newest_manifest(self._store, self._source, self._stream.name)
        pages = []
        for number, file in enumerate(files, start=1):
            pages.append(self._page(number, file))
            watch.count(f"ingest {self._source}.{self._stream.name}", number, len(files))
        manifest = Manifest(
            source=self._source,
            stream=self._stream.name,
            run=self._run,
            started_at=self._began,
            finished_at=self._clock.now(),
            pages=tuple(pages),
            records=sum(file.records for file in files),
            # What an API is asked next does not depend on what a person had: all of it stays where it was.
            cursor_before=before.cursor_after if before else None,
            cursor_after=before.cursor_after if before else None,
            boundary=before.boundary if before else {},
            parents=before.parents if before else None,
            ended="all files are read",
            warnings=tuple(self._warnings),
            minidata=__version__,
        )
        self._store.put(manifest_key(self._prefix), manifest.encoded())
        return manifest

    def _page(self, number: int, file: LookedAt) -> Page:
        body = file.body()
        key = page_key(self._prefix, number, self._store.ending)
        self._store.put(key, body.data)
        if file.unreadable:
            self._warnings.append(f"{file.url}: {file.unreadable} of its lines are no JSON; load will quarantine them")
        if self._redact.found_in(body.data):
            self._warnings.append(f"{file.url}: there is a secret in it; it is in {key} as it came")
        return Page(
            number=number,
            key=key,
            sha256=file.sha256,
            size=len(body.data),
            status=_AS_IF,
            url=self._redact(file.url),
            fetched_at=self._clock.now(),
            content_type=_TYPES[self._stream.format],
            content_encoding=body.encoding,
        )
