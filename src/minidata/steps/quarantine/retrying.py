"""quarantine retry: what did not fit is tried again with today's Rows, and moved into the tables where it fits now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from minidata.adapters.database.connection import Database
from minidata.adapters.database.ledger.making import prepare_ledger
from minidata.adapters.database.ledger.quarantined import Which
from minidata.adapters.database.loading.history import rewind
from minidata.adapters.database.loading.releasing import Held, held, places, release
from minidata.adapters.database.locks import join_loading
from minidata.adapters.database.shaping.tables import ensure_tables
from minidata.adapters.database.targets import Target
from minidata.adapters.project import Project
from minidata.core.errors import RefusedError, StoreError
from minidata.core.loading.reconsidering import Reconsidered, reconsider
from minidata.core.rows import fingerprint
from minidata.core.source import Source, Stream
from minidata.core.watch import Nobody, Watch
from minidata.steps.load import load_into
from minidata.steps.loading.hand import Hand
from minidata.steps.loading.reading import masked
from minidata.steps.provenance import Origins
from minidata.steps.quarantine.outcome import Retried, RetriedStream, Tally
from minidata.steps.quarantine.showing import stream_of
from minidata.steps.stored import store_of


def retry(project: Project, sources: Mapping[str, Source], which: Which, watch: Watch | None = None) -> Retried:
    """
    Prepare again, with today's Rows, the objects of which something that is meant is in quarantine.

    Records that fit now are moved into their table once, and over no newer ones; the others stay, with today's reasons.
    Each object is a transaction, so whatever ends this, it can be called again. A table that is not as its Row says
    holds up no other. Raises EngineError and LockedError.
    """
    with Hand(project, join_loading) as hand:
        hand.do(prepare_ledger)
        found = hand.do(lambda database: held(database, which))
        retrier = _Retrier(project, hand, Origins(store_of(project)), watch or Nobody())
        return Retried(
            tuple(
                retrier.retry(name, stream_of(sources, *name), list(objects))
                for name, objects in groupby(found, key=lambda one: (one.source, one.stream))
            )
        )


@dataclass(frozen=True)
class _Retrier:
    project: Project
    hand: Hand
    origins: Origins
    watch: Watch

    def retry(self, name: tuple[str, str], stream: Stream | None, objects: Sequence[Held]) -> RetriedStream:
        """Retry *objects*, those of one Stream, the oldest first."""
        tally = Tally(name, stream)
        if stream is None:
            return tally.facts()
        target = Target(name[0], stream, fingerprint(stream.row))
        try:
            self.hand.do(lambda database: ensure_tables(database, target))
        except RefusedError as exc:
            tally.barred = exc
            return tally.facts()
        moved = [one for one in objects if self._moves(target, one, tally)]
        if moved and stream.writes == "history":
            self._load_again(target, moved[0])
        return tally.facts()

    def _moves(self, target: Target, one: Held, tally: Tally) -> bool:
        """Retry one object; return whether something of it fits."""
        try:
            found = self._retry_object(target, one)
        except StoreError as exc:
            tally.damaged.append(str(exc))
            return False
        if found is None:
            return False
        tally.add(found)
        self.watch.count(f"retry {target.label}: records", tally.moved + tally.remaining)
        return found.moved > 0

    def _retry_object(self, target: Target, one: Held) -> Reconsidered | None:
        """Retry one object, all or nothing; return None when somebody else has just done so."""
        manifest, page = self.origins.page(one.key)
        body = self.origins.body(page)

        def once(database: Database) -> Reconsidered | None:
            with database.transaction():
                quarantined, discarded = places(database, target, one.id)
                if not quarantined:
                    return None
                found = reconsider(target.stream, page, body, quarantined, discarded)
                found = replace(found, page=masked(found.page, self.project.redact))
                # Into a history a record goes with all that came after it.
                if found.readable and not (found.moved and target.stream.writes == "history"):
                    release(database, target, manifest, one.id, found)
            return found

        return self.hand.do(once)

    def _load_again(self, target: Target, first: Held) -> None:
        """Take a history back to before the object *first*, and load that and all after it, in order."""

        def back(database: Database) -> None:
            with database.transaction():
                rewind(database, target, first.run, first.page)

        self.hand.do(back)
        load_into(self.project, target, watch=self.watch)
