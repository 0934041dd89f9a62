"""What a child Stream is asked for: once for each record of its parent Stream."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from minidata.adapters.object_store import ObjectStore
from minidata.core.bodies.payload import at_path
from minidata.core.fetching.peeking import peek_of
from minidata.core.runs import Manifest
from minidata.core.source import Parent, Source, Stream
from minidata.steps.stored import finished_runs

Context = Mapping[str, Any]


def newest_parents(store: ObjectStore, source: Source, stream: Stream) -> str | None:
    """Return the newest finished Run of *stream*'s parent; None when there is none, or *stream* has no parent."""
    if stream.parent is None:
        return None
    runs = finished_runs(store, source.name, stream.parent.stream)
    return runs[-1].run if runs else None


def contexts(
    store: ObjectStore, source: Source, stream: Stream, newest: str | None, after: str | None
) -> Iterator[Context]:
    """
    Yield, once for each parent record, the fields that the child's requests and records have of it.

    A Stream without parent has one empty context. Parents are those in the finished Runs up to *newest*; where the
    Stream asks for changed ones only, in those *after*. A record that lacks one of the fields is no parent.
    """
    if stream.parent is None:
        yield {}
        return
    met: set[str] = set()
    for record in _records(store, source, stream.parent, newest or "", after or ""):
        context = {name: at_path(record, path) for name, path in stream.parent.fields.items()}
        told = json.dumps(context, default=str, sort_keys=True)
        if told not in met and all(isinstance(value, str | int) and value != "" for value in context.values()):
            met.add(told)
            yield context


def _records(store: ObjectStore, source: Source, parent: Parent, newest: str, after: str) -> Iterator[Any]:
    peek = peek_of(source.stream(parent.stream))
    for run in finished_runs(store, source.name, parent.stream):
        if run.run > newest or (parent.changed_only and run.run <= after):
            continue
        for page in Manifest.parse(run.key, store.get(run.key)).pages:
            yield from peek.records(store.get_checked(page.key, page.sha256, page.size))
