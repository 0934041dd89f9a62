"""add: a new Source, written from what is seen at a live endpoint, or from an OpenAPI document."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from minidata.adapters.clock import SystemClock
from minidata.adapters.http import Api
from minidata.adapters.project import Project
from minidata.adapters.project.importing import imported, sources_in
from minidata.adapters.project.source_files import source_path, taken, write_source
from minidata.core.auths import Auth
from minidata.core.clock import Clock
from minidata.core.errors import ConfigError
from minidata.core.fitting.checking import checker_of
from minidata.core.inference.addresses import checked_address
from minidata.core.inference.drafts import DraftStream
from minidata.core.inference.writing import source_text
from minidata.core.names import checked_schema
from minidata.core.source import Source, Stream
from minidata.core.watch import Nobody, Watch
from minidata.steps.adding.asking import AnyRecord, Looked
from minidata.steps.adding.finding import Findings, Wanted, find
from minidata.steps.adding.keeping import keep
from minidata.steps.apis import open_api
from minidata.steps.stored import writable_store_of


@dataclass(frozen=True)
class AddedStream:
    """
    One Stream that was written: its *fields* and what of it was seen.

    *pages* and *records* were fetched, *whole* when these are all; *misfits* of them do not fit the Row that was
    written, which should be none. *run* is the Run that keeps them, None where none does. *key* and *cursor* are
    fields, None where none was found.
    """

    name: str
    fields: int
    key: str | None
    paging: str
    cursor: str | None
    pages: int
    records: int
    whole: bool
    misfits: int = 0
    run: str | None = None


@dataclass(frozen=True)
class Added:
    """A new Source, in the file *path*, or, with *text*, as it would be written. *notes* are for a person to read."""

    source: str
    path: str
    streams: tuple[AddedStream, ...]
    notes: tuple[str, ...]
    text: str | None = None


def add(
    project: Project,
    sources: Mapping[str, Source],
    wanted: Wanted,
    *,
    watch: Watch | None = None,
    clock: Clock | None = None,
) -> Added:
    """
    Write ``sources/<name>.py`` for the API that is *wanted*, and keep what was fetched to find out about it.

    Raises ConfigError for an address or a name that will not do, and where a person must choose; RefusedError when
    there is such a file; SourceError when the API does not answer, or answers with no records; StoreError.
    """
    checked_address(wanted.url)
    adding = _Adding(project, wanted, watch or Nobody(), clock or SystemClock())
    findings = find(wanted, adding.open_api, adding.watch)
    _check_name(project, sources, findings.draft.name, force=wanted.force)
    text = source_text(findings.draft)
    path = source_path(project.root, findings.draft.name)
    if wanted.dry:
        streams = tuple(_facts(one, findings.looked.get(one.name)) for one in findings.draft.streams)
        return Added(findings.draft.name, str(path), streams, findings.notes, text)
    return adding.written(findings, text)


@dataclass(frozen=True)
class _Adding:
    project: Project
    wanted: Wanted
    watch: Watch
    clock: Clock

    def open_api(self, base_url: str, auth: Auth | None) -> Api:
        """Return the door to the API at *base_url*, before there is a Source for it."""
        source = Source("added", base_url, [Stream("looked_at", "", AnyRecord)], auth=auth)
        return open_api(self.project, source, self.clock, self.watch)

    def written(self, findings: Findings, text: str) -> Added:
        """Write the file, keep what was fetched, and see whether the one reads the other."""
        name = findings.draft.name
        path = write_source(self.project.root, name, text, replace=self.wanted.force)
        source = sources_in(imported(path), str(path))[name]
        runs = self._runs(name, findings)
        streams = []
        for draft in findings.draft.streams:
            looked = findings.looked.get(draft.name)
            misfits = _misfits(source.stream(draft.name), looked)
            streams.append(replace(_facts(draft, looked), misfits=misfits, run=runs.get(draft.name)))
        return Added(name, str(path), tuple(streams), findings.notes)

    def _runs(self, source: str, findings: Findings) -> Mapping[str, str]:
        """Keep the pages of each Stream as a Run; return the Runs' ids by the Streams' names."""
        kept = [one.name for one in findings.draft.streams if _is_worth_keeping(one, findings.looked.get(one.name))]
        runs: dict[str, str] = {}
        if kept:
            store = writable_store_of(self.project, self.watch)
            for name in kept:
                with self.project.lock(f"ingest-{source}-{name}"):
                    looked = findings.looked[name]
                    runs[name] = keep(store, self.project.redact, self.clock, (source, name), looked).run
        return runs


def _is_worth_keeping(draft: DraftStream, looked: Looked | None) -> bool:
    """Without a key, records of a Run that is not whole would be there twice after the next ingest."""
    return looked is not None and bool(looked.pages) and (looked.ended or draft.key.field is not None)


def _misfits(stream: Stream, looked: Looked | None) -> int:
    return checker_of(stream.row).check(looked.records).quarantined if looked else 0


def _facts(draft: DraftStream, looked: Looked | None) -> AddedStream:
    cursor = draft.cursor
    return AddedStream(
        name=draft.name,
        fields=len(draft.row.fields),
        key=draft.key.field,
        paging=type(draft.paging.pages).__name__,
        cursor=cursor.field if cursor and cursor.known else None,
        pages=len(looked.pages) if looked else 0,
        records=len(looked.records) if looked else 0,
        whole=looked is not None and looked.ended,
    )


def _check_name(project: Project, sources: Mapping[str, Source], name: str, *, force: bool) -> None:
    """Raise ConfigError or RefusedError when no Source may be called *name*, or one is called so already."""
    checked_schema("source", name)
    path = source_path(project.root, name)
    if path.exists() and not force:
        raise taken(path)
    if name in sources and not path.exists():
        raise ConfigError(f"there is a source {name!r} already, and it is not in {path}", hint="say another --name")
