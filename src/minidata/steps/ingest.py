"""
ingest: fetch from APIs into the object store.

Each response body is kept, byte for byte, before anyone looks into it. The manifest is put last, and only when all
pages are there: killed at any moment, an ingest leaves a Run without manifest, which nobody takes for finished.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import itemgetter

from pydantic import SecretStr

from minidata import __version__
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
from minidata.steps.fetching import Run, Surroundings, start_of
from minidata.steps.stored import writable_store_of


@dataclass(frozen=True)
class IngestedStream:
    """What one finished Run brought. *bytes* are those of its bodies, *cursor* is where the next Run begins."""

    source: str
    stream: str
    run: str
    pages: int
    records: int
    bytes: int
    seconds: float
    cursor: str | None
    warnings: tuple[str, ...]


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
    full: bool = False,
    watch: Watch | None = None,
    clock: Clock | None = None,
) -> Ingested:
    """
    Fetch all Streams (of one *source*; one *stream*), each as a new Run.

    A Stream with a Cursor is asked for what is new since its last finished Run, for all with *full*, or for what is new
    *since* a value. One that fails does not keep the others from being fetched: see Ingested.failures. Raises, before
    any request, UnknownName and ConfigError for what was asked of it, and for the missing secret of the one Source that
    was named.
    """
    chosen = chosen_streams(sources, source, stream)
    _check_options(chosen, since, full=full)
    watch = watch or Nobody()
    store = writable_store_of(project, watch)
    ingesting = _Ingesting(project, store, watch, clock or SystemClock(), since, full)
    if source is not None:
        _secret(project, sources[source])
    for owner, pairs in groupby(chosen, key=itemgetter(0)):
        ingesting.fetch_source(owner, [one for _, one in pairs])
    return Ingested(tuple(ingesting.done), tuple(ingesting.failed))


def _check_options(chosen: Sequence[tuple[Source, Stream]], since: str | None, *, full: bool) -> None:
    if since is None:
        return
    if full:
        raise ConfigError("--since and --full contradict each other", hint="say one of them")
    if not any(one.since for _, one in chosen):
        raise ConfigError("--since, but no stream that is meant has a cursor", hint="give the stream a since=Cursor(…)")


def _secret(project: Project, source: Source) -> SecretStr | None:
    names = source.auth.secrets if source.auth else ()
    return project.secret(names[0]) if names else None


@dataclass(frozen=True)
class _Ingesting:
    project: Project
    store: ObjectStore
    watch: Watch
    clock: Clock
    since: str | None
    full: bool
    done: list[IngestedStream] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)

    def fetch_source(self, source: Source, streams: Sequence[Stream]) -> None:
        """Fetch *streams* of *source*, noting what was done and what failed."""
        with self._noting_failure(source, None), self._api(source) as api:
            for stream in streams:
                with self._noting_failure(source, stream):
                    self.done.append(self._fetched(api, stream))

    def _api(self, source: Source) -> Api:
        here = self.project.settings.sources.get(source.name)
        return Api(
            source=replace(source, base_url=here.base_url) if here and here.base_url else source,
            secret=_secret(self.project, source),
            settings=self.project.settings.http,
            agent=f"minidata/{__version__}",
            redact=self.project.redact,
            clock=self.clock,
            watch=self.watch,
        )

    def _fetched(self, api: Api, stream: Stream) -> IngestedStream:
        began = self.clock.monotonic()
        name = api.source.name
        with self.project.lock(f"ingest-{name}-{stream.name}"):
            # Nobody else writes there now: what is half written was left by one who was interrupted.
            self.store.sweep(stream_prefix(name, stream.name))
            start = start_of(self.store, name, stream, self.since, full=self.full)
            manifest = Run(self._surroundings(api), stream, start).fetch()
        return IngestedStream(
            source=name,
            stream=stream.name,
            run=manifest.run,
            pages=len(manifest.pages),
            records=manifest.records or 0,
            bytes=sum(page.size for page in manifest.pages),
            seconds=self.clock.monotonic() - began,
            cursor=manifest.cursor_after,
            warnings=manifest.warnings,
        )

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
