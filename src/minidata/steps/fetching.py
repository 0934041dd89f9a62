"""One Run: ask page by page, keep each body before anyone looks into it, and put the manifest last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from minidata import __version__
from minidata.adapters.http import Api
from minidata.adapters.object_store import ObjectStore
from minidata.core.clock import Clock
from minidata.core.cursors import Watermark, mark_of, sent
from minidata.core.errors import SourceError
from minidata.core.exchange import Answer, Ask
from minidata.core.pagination import Trail, after, first, read
from minidata.core.payload import PayloadError, records_of
from minidata.core.runs import Manifest, Page, manifest_key, page_key, run_id, run_prefix
from minidata.core.secrets import Redactor
from minidata.core.source import Stream
from minidata.core.watch import Watch
from minidata.steps.stored import newest_manifest

_NO_CONTENT = 204


@dataclass(frozen=True, slots=True)
class Start:
    """
    Where a Run begins: *send* is sent to the API, *before* is the cursor that the Run before left.

    *gap* is whether the Run skips something after *before*: then its cursor must not pass that.
    """

    send: str | None = None
    before: str | None = None
    gap: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a Run stands on."""

    api: Api
    store: ObjectStore
    clock: Clock
    watch: Watch
    redact: Redactor
    max_pages: int


def start_of(store: ObjectStore, source: str, stream: Stream, since: str | None, *, full: bool) -> Start:
    """
    Return where the next Run of *stream* begins: at *since*, at the very beginning, or where the last one ended.

    Raises StoreError when the last finished Run's manifest is damaged, ConfigError for a lag behind what is no time.
    """
    if stream.since is None or full:
        return Start()
    last = newest_manifest(store, source, stream.name)
    before = last.cursor_after if last else None
    if since is None:
        return Start(None if before is None else sent(before, stream.since.lag), before)
    asked, kept = mark_of(since), mark_of(before)
    return Start(since, before, gap=bool(asked and kept and asked.rank > kept.rank))


class Run:
    """A Stream being asked: its pages so far. fetch() it once."""

    def __init__(self, on: Surroundings, stream: Stream, start: Start) -> None:
        self._on = on
        self._source = on.api.source
        self._stream = stream
        self._start = start
        self._began = on.clock.now()
        self._id = run_id(self._began, on.clock.token())
        self._prefix = run_prefix(self._source.name, stream.name, self._id)
        self._trail = Trail(on.max_pages)
        self._mark = Watermark(stream.since.field, start.before) if stream.since else None
        self._pages: list[Page] = []
        self._records = 0
        self._warnings: list[str] = []
        # Told once: an API that sends a secret back does so on every page.
        self._echoed = False

    def fetch(self) -> Manifest:
        """
        Fetch all pages and finish the Run.

        Raises SourceError, StoreError or RefusedError; then the pages so far are kept, and the Run is not finished.
        """
        ask: Ask | None = first(self._source, self._stream, self._start.send)
        while ask is not None:
            self._trail.asks(ask)
            ask = self._next(ask, self._on.api.get(ask))
        manifest = self._manifest()
        self._on.store.put(manifest_key(self._prefix), manifest.model_dump_json(indent=2).encode())
        return manifest

    def _next(self, ask: Ask, answer: Answer) -> Ask | None:
        """Keep *answer* and return what to ask next."""
        if self._mark and not self._pages:
            self._warn(self._mark.begin(answer.date, answer.fetched_at))
        if answer.status == _NO_CONTENT:
            return None
        page = self._kept(ask, answer)
        document, records = self._opened(page, answer.body)
        self._trail.gets(page.sha256)
        if self._mark:
            self._mark.see(records)
        self._records += len(records)
        self._on.watch.count(f"ingest {self._source.name}.{self._stream.name}", len(self._pages))
        return after(self._stream.pages, ask, document, len(records), url=answer.url)

    def _kept(self, ask: Ask, answer: Answer) -> Page:
        redact = self._on.redact
        number = len(self._pages) + 1
        page = Page(
            number=number,
            key=page_key(self._prefix, number, self._on.store.ending),
            sha256=sha256(answer.body).hexdigest(),
            size=len(answer.body),
            status=answer.status,
            url=redact(answer.url),
            params={name: redact(value) if isinstance(value, str) else value for name, value in ask.params.items()},
            fetched_at=answer.fetched_at,
            content_type=answer.content_type and redact(answer.content_type),
            content_encoding=answer.content_encoding,
            etag=answer.etag and redact(answer.etag),
            last_modified=answer.last_modified,
        )
        self._on.store.put(page.key, answer.body)
        if not self._echoed and redact.found_in(answer.body):
            self._echoed = True
            self._warn(f"page {number}: the API sends a secret back; it is in {page.key} as it came")
        self._pages.append(page)
        return page

    def _opened(self, page: Page, body: bytes) -> tuple[Any, Sequence[Any]]:
        try:
            document, wrong = read(body)
            records = records_of(document, self._stream.records)
        except PayloadError as exc:
            raise SourceError(
                f"{exc.code}: page {page.number} cannot be read ({exc})",
                hint=f"its bytes are kept as {page.key}; the run is not finished, and nothing of it will be loaded",
            ) from exc
        if wrong:
            self._warn(f"page {page.number}: {wrong}")
        return document, records

    def _manifest(self) -> Manifest:
        now = self._on.clock.now()
        cursor = self._cursor(now)
        return Manifest(
            source=self._source.name,
            stream=self._stream.name,
            run=self._id,
            started_at=self._began,
            finished_at=now,
            pages=tuple(self._pages),
            records=self._records,
            cursor_before=self._start.before if self._start.send is None else self._start.send,
            cursor_after=cursor,
            warnings=tuple(self._warnings),
            minidata=__version__,
        )

    def _cursor(self, now: datetime) -> str | None:
        if self._mark is None:
            return None
        self._warn(self._mark.warning(now))
        if self._start.gap:
            self._warn(f"the cursor stays at {self._start.before}: what came between it and this run is not fetched")
            return self._start.before
        return self._mark.after

    def _warn(self, warning: str) -> None:
        if warning:
            self._warnings.append(self._on.redact(warning))
