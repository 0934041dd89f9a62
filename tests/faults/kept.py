"""What an ingest kept, read without any of the code under test but the values: the law of load, applied in memory."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from minidata.adapters.object_store import ObjectStore
from minidata.core.runs import MANIFEST, Manifest, RunKey, is_journal
from minidata.steps.stored import finished_runs

Record = dict[str, Any]


def manifests(store: ObjectStore) -> list[Manifest]:
    """The manifests of the Stream's finished Runs, the oldest first."""
    return [Manifest.parse(run.key, store.get(run.key)) for run in finished_runs(store, "depot", "items")]


def runs_begun(store: ObjectStore) -> set[str]:
    """The ids of all Runs that have left anything, finished or not."""
    return {key.split("/")[4] for key in store.keys("raw")}


def records_of(store: ObjectStore, manifest: Manifest) -> Iterator[Record]:
    """The records that a Load takes from a Run, in their order; every page is whole, or this raises."""
    for page in manifest.pages:
        read = records_in(store.get_checked(page.key, page.sha256, page.size))
        yield from (record for place, record in enumerate(read) if place not in page.repeated)


def records_in(body: bytes) -> list[Record]:
    """The records of a page of a changing API, in an envelope or in lines."""
    if body.startswith(b'{"data"'):
        found: list[Record] = json.loads(body)["data"]
        return found
    return [json.loads(line) for line in body.splitlines()]


def appended(store: ObjectStore, read: dict[str, list[Record]] | None = None) -> list[Record]:
    """The table of a Stream without a key; *read* has what was read before of Runs, for they do not change."""
    known = {} if read is None else read
    for run in finished_runs(store, "depot", "items"):
        if run.key not in known:
            known[run.key] = list(records_of(store, Manifest.parse(run.key, store.get(run.key))))
    return [record for key in sorted(known) for record in known[key]]


def merged(store: ObjectStore, read: dict[str, list[Record]] | None = None) -> dict[int, Record]:
    """The table of a Stream with the key ``id``: of several, the one of the last run, page and place wins."""
    return {record["id"]: record for record in appended(store, read)}


def check_whole(store: ObjectStore, looked_at: set[str] | None = None) -> None:
    """
    Every object can be read to its end, and every manifest's pages are there as it says.

    Of *looked_at* are the keys that need not be looked at again, for objects do not change; new ones are added.
    """
    known = set() if looked_at is None else looked_at
    for key in [key for key in store.keys("raw") if key not in known]:
        body = store.get(key)
        if RunKey.parse(key):
            list(records_of(store, Manifest.parse(key, body)))
        elif is_journal(key.rpartition("/")[2]):
            json.loads(body)
        else:
            records_in(body)
        known.add(key)


def kept_pages(store: ObjectStore) -> list[dict[str, str]]:
    """What was asked for the pages that are in the journals of unfinished Runs."""
    keys = list(store.keys("raw"))
    finished = {key.removesuffix(MANIFEST) for key in keys if key.endswith(MANIFEST)}
    journals = [key for key in keys if "_kept-" in key and key.partition("_kept-")[0] not in finished]
    pages = [kept["page"] for key in journals for kept in json.loads(store.get(key))["kept"]]
    return [
        dict(parse_qsl(urlsplit(page["url"]).query)) | {name: str(value) for name, value in page["params"].items()}
        for page in pages
    ]
