"""drift: where what the APIs send has moved away from what the Rows say of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from minidata.adapters.project import Project
from minidata.core.drifting.changing import Changes
from minidata.core.drifting.finding import drifts
from minidata.core.drifting.outlines import outline_of
from minidata.core.errors import Exit, worst
from minidata.core.source import Source, Stream, chosen_streams
from minidata.core.watch import Nobody, Watch
from minidata.steps.glancing import Looked, StreamDrift, Together, look
from minidata.steps.patching import Patch, patch_of
from minidata.steps.reading import Reader, reading
from minidata.steps.stored import finished_runs, store_of


@dataclass(frozen=True)
class Drifted:
    """
    What was found, by Stream, those of which nothing is stored left out; and the *patch*, where one is wanted.

    *strict* says that drift is a failure.
    """

    streams: tuple[StreamDrift, ...]
    patch: Patch | None = None
    strict: bool = False

    @property
    def moved(self) -> tuple[StreamDrift, ...]:
        """The Streams of which something is not as their Rows say."""
        return tuple(stream for stream in self.streams if stream.drifts or stream.unread)

    @property
    def exit_code(self) -> Exit:
        """STORE when an object is damaged; else DONE, for an API may change, or QUARANTINED where that is a failure."""
        codes = [Exit.STORE for stream in self.streams if stream.damaged]
        return worst([*codes, Exit.QUARANTINED] if self.strict and self.moved else codes)


def drift(  # noqa: PLR0913 - each is an option of the command, given by name
    project: Project,
    sources: Mapping[str, Source],
    *,
    source: str | None = None,
    stream: str | None = None,
    every: bool = False,
    values: bool = False,
    patch: bool = False,
    strict: bool = False,
    watch: Watch | None = None,
) -> Drifted:
    """
    Look through the newest finished Run of each Stream (with *every*, all of them) for what its Row does not expect.

    Reads the object store alone, and passes over what a Stream ignores. New values of Literals and Enums are told only
    with *values*; with *patch*, what would make the Rows expect what came is worked out too. Raises UnknownName,
    ConfigError, and StoreError when the store cannot be listed.
    """
    chosen = chosen_streams(sources, source, stream)
    store = store_of(project)
    changes = Changes() if patch else None
    found = []
    with reading(project, partial(look, shapes=patch)) as reader:
        for owner, wanted in chosen:
            keys = [run.key for run in finished_runs(store, owner.name, wanted.name)]
            if keys:
                looking = _Looking(reader(), owner, wanted, changes, watch or Nobody())
                found.append(looking.through(keys if every else keys[-1:], values=values))
    return Drifted(tuple(found), None if changes is None else patch_of(project, changes), strict)


@dataclass(frozen=True)
class _Looking:
    reader: Reader[Looked]
    source: Source
    stream: Stream
    changes: Changes | None
    watch: Watch

    def through(self, keys: list[str], *, values: bool) -> StreamDrift:
        """Look through the Runs whose manifests are at *keys*."""
        every = Together()
        for looked in self.reader.each(self.stream, keys):
            every.add(looked)
            self.watch.count(f"look at {self.source.name}.{self.stream.name}", every.records)
        outline = outline_of(self.stream.row)
        if self.changes is not None:
            self.changes.add(every.seen, outline, self.stream.keys)
        facts = every.facts(self.source, self.stream, len(keys), drifts(every.seen, outline, values=values))
        return replace(facts, damaged=tuple(self.reader.damaged))
