"""The object store: whether it can be read and written, keeps what is there, and is whole where it is newest."""

import os
from collections.abc import Iterator
from pathlib import Path

from minidata.adapters.object_store import ObjectStore
from minidata.adapters.object_store.folder import Folder
from minidata.core.errors import Exit, StoreError
from minidata.core.findings import Finding, ok, problem, trouble, warning
from minidata.steps.checks.patient import Check, Patient
from minidata.steps.stored import newest_manifest, store_of

_OPEN = 0o077


def store(patient: Patient) -> Iterator[Finding]:
    """Whether the store can be read and written."""
    opened = store_of(patient.project)
    if isinstance(opened.shelf, Folder):
        yield from _folder(opened.shelf.root)
    else:
        yield from _bucket(opened, patient.project.settings.store.url)


def manifests(patient: Patient) -> Iterator[Finding]:
    """Whether the newest manifest of each Stream can be read: the next Run begins where it ended."""
    opened = store_of(patient.project)
    sources = {**patient.built_in, **patient.project.sources}
    streams = [(source.name, stream.name) for source in sources.values() for stream in source.streams]
    found, there = [], 0
    for source, stream in streams:
        try:
            there += newest_manifest(opened, source, stream) is not None
        except StoreError as exc:
            found.append(trouble("newest runs", exc))
    yield from found or [ok("newest runs", f"{there} of {len(streams)} streams have one, readable")]


def _folder(root: Path) -> Iterator[Finding]:
    if not root.exists():
        yield _can_be_made(root)
        return
    if not root.is_dir():
        yield _bad(f"{root} is no folder", f"move it away: mv '{root}' '{root}.old'")
        return
    if not os.access(root, os.R_OK | os.W_OK | os.X_OK):
        yield _bad(f"{root} cannot be read and written by this user", f"sudo chown -R $(id -u) '{root}'")
        return
    yield ok("store", f"{root} can be read and written")
    if os.name != "nt" and root.stat().st_mode & _OPEN:
        yield warning("store", f"others may look into {root}", f"chmod 700 '{root}'")


def _can_be_made(root: Path) -> Finding:
    above = root.parent
    if above.is_dir() and os.access(above, os.W_OK | os.X_OK):
        return ok("store", f"{root} is made by the first ingest")
    return _bad(f"{root} is not there, and cannot be made in {above}", f"mkdir -p '{root}'")


def _bucket(opened: ObjectStore, url: str) -> Iterator[Finding]:
    opened.folders()
    # It puts one small object twice: the only way to know, and what `ingest` does too.
    if opened.shelf.proven or opened.honours_create():
        yield ok("store", f"{url} can be read, and keeps what is there")
    else:
        told = f"{url} overwrites what is there (it ignores If-None-Match): each put looks first"
        yield warning("store", told, "let no two programs ingest the same stream at once")


def _bad(what: str, mend: str) -> Finding:
    return problem("store", what, mend, code=Exit.STORE)


CHECKS = (
    Check("store", store, needs=("settings",), seconds=20.0, code=Exit.STORE),
    Check("newest runs", manifests, needs=("settings", "sources", "store"), seconds=20.0, code=Exit.STORE),
)
