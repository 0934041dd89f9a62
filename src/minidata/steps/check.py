"""check: what a Load of all that is stored would do with today's Rows, found out without touching the database."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from minidata.adapters.database.connection import ANALYST, connect
from minidata.adapters.database.ledger.settled import Settled, settled
from minidata.adapters.object_store import ObjectStore
from minidata.adapters.project import Project
from minidata.core.errors import Exit, MinidataError, StoreError, worst
from minidata.core.loading.rehearsing import Reason, Rehearsal, Rehearsed, rehearse
from minidata.core.runs import Manifest
from minidata.core.source import Source, Stream, chosen_streams
from minidata.core.watch import Nobody, Watch
from minidata.steps.engine import role_endpoint
from minidata.steps.reading import Reader, reading
from minidata.steps.schema import TableDifference, schema_diff
from minidata.steps.stored import finished_runs, store_of

Which = tuple[str, str]


@dataclass(frozen=True)
class StreamCheck:
    """
    One Stream: the *runs*, *objects* and *records* that make its table, and what would become of them.

    *rows* is how many records would be rows, before those of other pages with the same key take their place; *repeated*
    come again in their own page; *rejected* do not fit, for the *reasons* that are told. *refused* counts objects of
    which more do not than the Stream allows: nothing of them would be loaded, *left_out* are their records that fit.
    *newly_rejected* were loaded, *newly_accepted* were quarantined, None where the database does not say. *damaged* are
    objects whose bytes are not those that were stored, or are gone.
    """

    source: str
    stream: str
    runs: int
    objects: int
    records: int
    rows: int
    repeated: int
    left_out: int
    rejected: int
    refused: int
    newly_rejected: int | None
    newly_accepted: int | None
    reasons: tuple[Reason, ...]
    over: bool
    damaged: tuple[str, ...]

    @property
    def name(self) -> str:
        """The Stream's name, its Source's before it."""
        return f"{self.source}.{self.stream}"


@dataclass(frozen=True)
class Checked:
    """
    What a Load would do, by Stream, and where the tables (*differences*) are not as the Rows say.

    *unknown* says why the database does not tell all of it, "" when it does.
    """

    streams: tuple[StreamCheck, ...]
    differences: tuple[TableDifference, ...]
    unknown: str

    @property
    def exit_code(self) -> Exit:
        """REFUSED, STORE or QUARANTINED where a Load would end so, else DONE."""
        return worst(
            [
                *(Exit.REFUSED for one in self.differences if one.refused),
                *(Exit.STORE for stream in self.streams if stream.damaged),
                *(Exit.QUARANTINED for stream in self.streams if stream.over),
            ]
        )


def check(
    project: Project,
    sources: Mapping[str, Source],
    *,
    source: str | None = None,
    stream: str | None = None,
    watch: Watch | None = None,
) -> Checked:
    """
    Check all that is stored (of one *source*, of one *stream*) with today's Rows, and write nothing.

    A Postgres that answers is asked what is loaded, to tell what is new; one that does not is a fact. Raises
    UnknownName, ConfigError, and StoreError when the store cannot be listed.
    """
    chosen = chosen_streams(sources, source, stream)
    store = store_of(project)
    known: dict[Which, Settled] = {}
    unknown = ""
    differences: tuple[TableDifference, ...] = ()
    try:
        known = _settled(project, chosen)
        differences = schema_diff(project, sources, source=source, stream=stream).differences
    except MinidataError as exc:
        unknown = str(exc)
    found = []
    with reading(project, rehearse) as reader:
        for owner, wanted in chosen:
            keys = list(_runs_to_load(store, owner, wanted))
            if keys:
                rehearsal = Rehearsal(wanted, known.get((owner.name, wanted.name)))
                found.append(_checked(reader(), (owner, wanted), keys, rehearsal, watch or Nobody()))
    return Checked(tuple(found), differences, unknown)


def _runs_to_load(store: ObjectStore, source: Source, stream: Stream) -> Iterator[str]:
    """Yield the keys of the Runs that make the table, damaged ones on the way to them too."""
    keys = [run.key for run in finished_runs(store, source.name, stream.name)]
    if stream.writes != "replace":
        yield from keys
        return
    for key in reversed(keys):
        try:
            if Manifest.parse(key, store.get(key)).whole:
                yield key
                return
        except StoreError:
            yield key


def _settled(project: Project, chosen: Iterable[tuple[Source, Stream]]) -> dict[Which, Settled]:
    """Return what the database knows of each Stream; raise MinidataError when it says nothing."""
    at = role_endpoint(project, ANALYST)
    with connect(at.url, role=ANALYST) as database:
        return {(own.name, one.name): settled(database, own.name, one.name) for own, one in chosen}


def _checked(
    reader: Reader[Rehearsed], which: tuple[Source, Stream], keys: Sequence[str], rehearsal: Rehearsal, watch: Watch
) -> StreamCheck:
    source, stream = which
    for one in reader.each(stream, keys):
        rehearsal.add(one)
        watch.count(f"check {source.name}.{stream.name}", rehearsal.records)
    known = rehearsal.settled is not None
    return StreamCheck(
        source=source.name,
        stream=stream.name,
        runs=len(keys),
        objects=rehearsal.objects,
        records=rehearsal.records,
        rows=rehearsal.rows,
        repeated=rehearsal.repeated,
        left_out=rehearsal.left_out,
        rejected=rehearsal.rejected,
        refused=rehearsal.refused,
        newly_rejected=rehearsal.newly_rejected if known else None,
        newly_accepted=rehearsal.newly_accepted if known else None,
        reasons=rehearsal.reasons,
        over=rehearsal.over,
        damaged=tuple(reader.damaged),
    )
