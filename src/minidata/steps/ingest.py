"""
ingest: fetch from APIs into the object store.

Each response body is kept, byte for byte, whatever is in it: what is looked up in it meanwhile (how many records, what
comes next) counts only once it is kept. The manifest is put last, and only when all pages are there: killed at any
moment, an ingest leaves a Run without manifest, which nobody takes for finished.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from minidata.adapters.clock import SystemClock
from minidata.adapters.http import Api
from minidata.adapters.object_store import ObjectStore
from minidata.adapters.project import Project
from minidata.core.clock import Clock
from minidata.core.errors import ConfigError, Exit, MinidataError, worst
from minidata.core.printable import printable
from minidata.core.runs import stream_prefix
from minidata.core.source import Source, Stream, chosen_streams
from minidata.core.watch import Nobody, Watch
from minidata.steps.apis import open_api, secrets_in
from minidata.steps.ingesting.order import Surroundings
from minidata.steps.ingesting.stream import Brought, Wanted, check, fetched
from minidata.steps.stored import writable_store_of


@dataclass(frozen=True)
class IngestedStream:
    """
    What was fetched of one Stream, by its last *run* (of several when it was asked in windows).

    *bytes* are those of the bodies, *cursor* is where the next Run begins. *unchanged* is whether the API had nothing
    else than before, so that nothing was stored; *resumed* whether an interrupted Run went on. *ended* is why no page
    was asked for after the last one.
    """

    source: str
    stream: str
    run: str
    pages: int
    records: int
    bytes: int
    seconds: float
    cursor: str | None
    warnings: tuple[str, ...]
    unchanged: bool = False
    resumed: bool = False
    runs: int = 1
    ended: str | None = None


@dataclass(frozen=True)
class Failure:
    """Why a Stream was not fetched, or a whole Source (*stream* None). Its cursor stays where it was."""

    source: str
    stream: str | None
    message: str
    hint: str
    exit_code: Exit


@dataclass(frozen=True)
class Ingested:
    """What an ingest brought, and what it did not."""

    streams: tuple[IngestedStream, ...]
    failures: tuple[Failure, ...]

    @property
    def exit_code(self) -> Exit:
        """The worst of the failures'; DONE when there is none."""
        return worst(failure.exit_code for failure in self.failures)


def ingest(  # noqa: PLR0913 - each is an option of the command, given by name
    project: Project,
    sources: Mapping[str, Source],
    *,
    source: str | None = None,
    stream: str | None = None,
    since: str | None = None,
    until: str | None = None,
    window: str | None = None,
    full: bool = False,
    watch: Watch | None = None,
    clock: Clock | None = None,
) -> Ingested:
    """
    Fetch all Streams (of one *source*; one *stream*), each as a new Run.

    A Stream with a Cursor is asked for what is new since its last finished Run, for all with *full*, or for what is new
    *since* a value. What is asked *until* a value, in pieces of a *window* (``1d``) if that is given, does not move the
    cursor, and pieces that are there already are passed over, unless *full*. A Run that was interrupted goes on where
    it stopped. A Stream that fails does not keep the others from being fetched: see Ingested.failures. Raises, before
    any request, UnknownName and ConfigError for what was asked of it, and for the missing secret of the one Source that
    was named.
    """
    chosen = chosen_streams(sources, source, stream, set_up=project.settings.sources)
    wanted = Wanted(since, until, window, full)
    _check(chosen, wanted, (clock or SystemClock()).now())
    watch = watch or Nobody()
    store = writable_store_of(project, watch)
    ingesting = _Ingesting(project, store, watch, clock or SystemClock(), wanted)
    if source is not None:
        # That it lacks a secret is told at once, of the one Source that was named.
        secrets_in(project, sources[source])
    for owner, pairs in groupby(chosen, key=itemgetter(0)):
        ingesting.fetch_source(owner, [one for _, one in pairs])
    return Ingested(tuple(ingesting.done), tuple(ingesting.failed))


def _check(chosen: Sequence[tuple[Source, Stream]], wanted: Wanted, now: datetime) -> None:
    given = [f"--{name}" for name in ("since", "until", "window") if getattr(wanted, name) is not None]
    if given and wanted.full and wanted.window is None:
        raise ConfigError(f"{given[0]} and --full contradict each other", hint="say one of them")
    if given and not any(one.since for _, one in chosen):
        raise ConfigError(f"{given[0]}, but no stream that is meant has a cursor", hint="give it a since=Cursor(…)")
    for _, one in chosen:
        check(one, wanted, now)


@dataclass(frozen=True)
class _Ingesting:
    project: Project
    store: ObjectStore
    watch: Watch
    clock: Clock
    wanted: Wanted
    done: list[IngestedStream] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)

    def fetch_source(self, source: Source, streams: Sequence[Stream]) -> None:
        """Fetch *streams* of *source*, noting what was done and what failed."""
        with self._noting_failure(source, None), open_api(self.project, source, self.clock, self.watch) as api:
            for stream in streams:
                with self._noting_failure(source, stream):
                    self._fetch(api, stream)

    def _fetch(self, api: Api, stream: Stream) -> None:
        began = self.clock.monotonic()
        name = api.source.name
        with self.project.lock(f"ingest-{name}-{stream.name}"):
            # Nobody else writes there now: what is half written was left by one who was interrupted.
            self.store.sweep(stream_prefix(name, stream.name))
            runs: list[Brought] = []
            try:
                runs.extend(fetched(self._surroundings(api), stream, self.wanted, resume_within=self._resume_within))
            except MinidataError:
                # Of several windows, those before the one that failed are there.
                if runs:
                    self.done.append(_facts(name, stream.name, runs, self.clock.monotonic() - began))
                raise
        self.done.append(_facts(name, stream.name, runs, self.clock.monotonic() - began))

    @property
    def _resume_within(self) -> float:
        return self.project.settings.http.resume_within

    def _surroundings(self, api: Api) -> Surroundings:
        max_pages = self.project.settings.http.max_pages
        return Surroundings(api, self.store, self.clock, self.watch, self.project.redact, max_pages)

    @contextmanager
    def _noting_failure(self, source: Source, stream: Stream | None) -> Iterator[None]:
        try:
            yield
        except MinidataError as exc:
            failure = Failure(
                source=source.name,
                stream=stream.name if stream else None,
                message=self._shown(str(exc)),
                hint=self._shown(exc.hint),
                exit_code=exc.exit_code,
            )
            self.failed.append(failure)

    def _shown(self, text: str) -> str:
        return printable(self.project.redact(text))


def _facts(source: str, stream: str, runs: Sequence[Brought], seconds: float) -> IngestedStream:
    made = [one.manifest for one in runs if one.manifest]
    last = made[-1] if made else next((one.last for one in reversed(runs) if one.last), None)
    return IngestedStream(
        source=source,
        stream=stream,
        run=last.run if last else "",
        pages=sum(one.pages for one in runs),
        records=sum(one.records for one in runs),
        bytes=sum(one.bytes for one in runs),
        seconds=seconds,
        cursor=last.cursor_after if last else None,
        warnings=tuple(warning for manifest in made for warning in manifest.warnings),
        unchanged=not made,
        resumed=any(one.resumed for one in runs),
        runs=len(made),
        ended=made[-1].ended if made else None,
    )
