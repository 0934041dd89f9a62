"""
store copy: the finished Runs of one object store, put into another one.

Pages first and the manifest last, as an ingest does it: what is interrupted is an unfinished Run over there, and the
next copy goes on with it. Every body is checked on its way.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from minidata.adapters.object_store import ObjectStore
from minidata.core.errors import Exit, ObjectDamaged, ObjectMissing
from minidata.core.runs import Manifest, Page
from minidata.core.settings import StoreSection
from minidata.core.tomltext import toml
from minidata.core.watch import Watch
from minidata.steps.store.contents import StoredRun, manifest_of, runs_in, streams_in
from minidata.steps.stored import at_once, safe_to_write


@dataclass(frozen=True)
class Copied:
    """
    What came over: *runs*, with the *objects* and *bytes* of their bodies that were put; *present* were there before.

    *damaged* says why other finished Runs were not copied; *unfinished* ones never are. *setting* is what to write
    into minidata.toml to work over there.
    """

    runs: int = 0
    present: int = 0
    objects: int = 0
    bytes: int = 0
    damaged: tuple[str, ...] = ()
    unfinished: int = 0
    setting: str = ""

    def __add__(self, other: "Copied") -> "Copied":
        return Copied(
            self.runs + other.runs,
            self.present + other.present,
            self.objects + other.objects,
            self.bytes + other.bytes,
            self.damaged + other.damaged,
            self.unfinished + other.unfinished,
            self.setting or other.setting,
        )

    @property
    def exit_code(self) -> Exit:
        """STORE when a Run was damaged."""
        return Exit.STORE if self.damaged else Exit.DONE


def copy_between(  # noqa: PLR0913 - each is an option of the command, given by name
    root: Path,
    origin: StoreSection,
    target: StoreSection,
    watch: Watch,
    *,
    source: str | None = None,
    stream: str | None = None,
) -> Copied:
    """
    Copy what copy() copies, between stores told by their settings, paths of folders being seen from *root*.

    Raises what copy() and ObjectStore.open() raise.
    """
    stores = ObjectStore.open(origin, root), ObjectStore.open(target, root)
    return replace(copy(*stores, watch, source=source, stream=stream), setting=_setting(target))


def copy(
    origin: ObjectStore, target: ObjectStore, watch: Watch, *, source: str | None = None, stream: str | None = None
) -> Copied:
    """
    Copy all finished Runs (of one *source*, of one *stream*) that *target* does not have.

    Safe to repeat and to interrupt. Raises UnknownName, StoreError, and ObjectExists when *target* has other bytes
    under a key.
    """
    streams = streams_in(origin, source, stream)
    runs = [run for owner, name in streams for run in runs_in(origin, owner, name)]
    there = {run.manifest for owner, name in streams for run in runs_in(target, owner, name) if run.finished}
    missing = [run for run in runs if run.finished and run.manifest not in there]
    unfinished = sum(not run.finished for run in runs)
    copied = Copied(present=len(runs) - len(missing) - unfinished, unfinished=unfinished)
    if missing:
        # Asked only now: that puts something there.
        target = safe_to_write(target, watch)
    for done, one in enumerate(at_once(lambda run: _run_over(origin, target, run), missing), start=1):
        copied += one
        watch.count("store copy: runs", done, len(missing))
    return copied


def _setting(target: StoreSection) -> str:
    """Return the section as minidata.toml spells it; the place is always told, also where it is the default."""
    return toml({"store": {"url": target.url, **target.model_dump(exclude_defaults=True)}}).rstrip()


def _run_over(origin: ObjectStore, target: ObjectStore, run: StoredRun) -> Copied:
    """Copy one finished Run; one with damage stays unfinished over there."""
    manifest = manifest_of(origin, run)
    if not isinstance(manifest, Manifest):
        return Copied(damaged=(str(manifest),))
    pages = sum(at_once(lambda page: _page_over(origin, target, page), manifest.pages), Copied())
    if pages.damaged:
        return pages
    target.put(run.manifest, origin.get(run.manifest))
    return pages + Copied(runs=1)


def _page_over(origin: ObjectStore, target: ObjectStore, page: Page) -> Copied:
    try:
        body = origin.get_checked(page.key, page.sha256, page.size)
    except (ObjectDamaged, ObjectMissing) as exc:
        return Copied(damaged=(str(exc),))
    return Copied(objects=1, bytes=page.size) if target.put(page.key, body) else Copied()
