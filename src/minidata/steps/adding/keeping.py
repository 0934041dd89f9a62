"""What was looked at, kept as a Run like any other."""

from hashlib import sha256

from minidata import __version__
from minidata.adapters.object_store import ObjectStore
from minidata.core.clock import Clock
from minidata.core.runs import Manifest, Page, manifest_key, page_key, run_id, run_prefix
from minidata.core.secrets import Redactor
from minidata.steps.adding.asking import AskedPage, Looked


def keep(store: ObjectStore, redact: Redactor, clock: Clock, name: tuple[str, str], looked: Looked) -> Manifest:
    """
    Put the pages of *looked* into *store* as a finished Run of the Stream *name*, (source, stream).

    It leaves no cursor, and of pages that are not all there are no validators: so the next ingest asks for everything.
    Raises StoreError.
    """
    run = run_id(clock.now(), clock.token())
    prefix = run_prefix(*name, run)
    pages = tuple(_page(store, redact, prefix, number, looked) for number in range(1, 1 + len(looked.pages)))
    for page, asked in zip(pages, looked.pages, strict=True):
        store.put(page.key, asked.answer.body)
    manifest = Manifest(
        source=name[0],
        stream=name[1],
        run=run,
        started_at=min(page.fetched_at for page in pages),
        finished_at=clock.now(),
        pages=pages,
        records=len(looked.records),
        ended="add looked at these pages only" if not looked.ended else "these are all pages",
        warnings=() if looked.ended else (f"only the first pages were fetched, {len(pages)} of them",),
        minidata=__version__,
    )
    store.put(manifest_key(prefix), manifest.model_dump_json(indent=2).encode())
    return manifest


def _page(store: ObjectStore, redact: Redactor, prefix: str, number: int, looked: Looked) -> Page:
    asked: AskedPage = looked.pages[number - 1]
    answer = asked.answer
    return Page(
        number=number,
        key=page_key(prefix, number, store.ending),
        sha256=sha256(answer.body).hexdigest(),
        size=len(answer.body),
        status=answer.status,
        url=redact(answer.url),
        params={name: redact(value) if isinstance(value, str) else value for name, value in asked.ask.params.items()},
        fetched_at=answer.fetched_at,
        content_type=answer.content_type and redact(answer.content_type),
        content_encoding=answer.content_encoding,
        etag=answer.etag and redact(answer.etag) if looked.ended else None,
        last_modified=answer.last_modified if looked.ended else None,
        link=answer.link and redact(answer.link),
    )
