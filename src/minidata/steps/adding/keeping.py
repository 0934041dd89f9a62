"""What was looked at, kept as a Run like any other."""

from hashlib import sha256

from minidata import __version__
from minidata.adapters.object_store import ObjectStore
from minidata.core.clock import Clock
from minidata.core.run_ids import run_id
from minidata.core.runs import Manifest, Page, manifest_key, page_key, run_prefix
from minidata.core.secrecy.secrets import Redactor
from minidata.steps.adding.asking import AskedPage, Looked
from minidata.steps.ingesting.keeping import page_of


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
    store.put(manifest_key(prefix), manifest.encoded())
    return manifest


def _page(store: ObjectStore, redact: Redactor, prefix: str, number: int, looked: Looked) -> Page:
    asked: AskedPage = looked.pages[number - 1]
    digest = sha256(asked.answer.body).hexdigest()
    key = page_key(prefix, number, store.ending)
    page = page_of(redact, asked.ask, asked.answer, number=number, key=key, digest=digest)
    return page if looked.ended else page.model_copy(update={"etag": None, "last_modified": None})
