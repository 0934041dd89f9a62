"""Records in quarantine, looked at again with today's Row: which of them fit now. Pure, as prepare() is."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from minidata.core.loading.preparing import Prepared, prepare
from minidata.core.runs import Page
from minidata.core.source import Stream

# Places of records in a page; None is the whole body.
Places = AbstractSet[int | None]


@dataclass(frozen=True, slots=True)
class Reconsidered:
    """
    What has become of an object's quarantine.

    *page* has the lines of the records that fit now and of no others, the reasons of those that do not, and the counts
    of the whole object. *moved* is how many fit now. *unfit* is how many records that are loaded no longer would be.

    One that is not *readable* has a body that was read once and cannot be read today: it is to stay as it is.
    """

    page: Prepared
    moved: int = 0
    unfit: int = 0
    readable: bool = True

    @property
    def remaining(self) -> int:
        """How many records still do not fit; a body is one."""
        return len({reason.record for reason in self.page.rejected})


def reconsider(
    stream: Stream, page: Page, body: bytes, quarantined: Places, discarded: Places = frozenset()
) -> Reconsidered:
    """
    Prepare *page* again, of which the records at the places *quarantined* did not fit when it was loaded.

    Those *discarded* stay where they are, and count as quarantined.
    """
    set_aside = sorted({*page.repeated, *(place for place in discarded if place is not None)})
    now = replace(prepare(stream, page.model_copy(update={"repeated": tuple(set_aside)}), body), page=page)
    rejected = {reason.record for reason in now.rejected}
    if None in quarantined:
        return Reconsidered(now, moved=0 if None in rejected else now.fetched - now.quarantined)
    if None in rejected:
        why = tuple(replace(now.rejected[0], record=place) for place in quarantined)
        return Reconsidered(replace(now, fetched=len(why), quarantined=len(why), rejected=why), readable=False)
    return _reconsidered(now, quarantined, rejected, len(discarded))


def _reconsidered(now: Prepared, quarantined: Places, rejected: Places, discarded: int) -> Reconsidered:
    fitting = quarantined - rejected
    unfit = len(rejected - quarantined)
    loaded_before = {place for lines in (now.rows, now.gone) for place in lines.places} - fitting
    page = replace(
        now.without(loaded_before),
        # What does not fit any more is in its table all the same.
        loaded=now.loaded + unfit,
        quarantined=len(quarantined & rejected) + discarded,
        rejected=tuple(reason for reason in now.rejected if reason.record in quarantined),
    )
    return Reconsidered(page, moved=len(fitting), unfit=unfit)
