"""The first pages of an endpoint, each asked for once, however many ways to page are tried."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from typing import Any

from minidata.adapters.http import Api
from minidata.core.bodies.payload import PayloadError, at_path, parse
from minidata.core.errors import RefusedError, SourceError
from minidata.core.exchange import Answer, Ask
from minidata.core.fetching.gist import Seen
from minidata.core.fetching.pagination import walk_of
from minidata.core.fetching.peeking import peek_of
from minidata.core.inference.envelopes import NoRecords, records_path
from minidata.core.inference.paging import FirstPage, Paging, pagings
from minidata.core.rows import Row
from minidata.core.source import Stream
from minidata.core.wording import excerpt

# Two pages show how an API pages; more would only be more of the same.
_PAGES = 2
# So many guesses are tried before a person has to look.
_TRIES = 4


class AnyRecord(Row):
    """Whatever an API sends: for looking at it before there is a Row."""

    anything: Any = None


@dataclass(frozen=True, slots=True)
class AskedPage:
    """One page: what was asked for, what was answered, and the *records* in it."""

    ask: Ask
    answer: Answer
    records: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """
    What an endpoint showed: where *at* the records are, how it pages, and its first *pages*.

    *ended* is whether these are all there are; *trouble* is why a second page could not be had.
    """

    at: str
    paging: Paging
    pages: tuple[AskedPage, ...]
    ended: bool
    trouble: str = ""

    @property
    def records(self) -> tuple[Any, ...]:
        """The records of all pages."""
        return tuple(record for page in self.pages for record in page.records)

    @property
    def objects(self) -> tuple[dict[str, Any], ...]:
        """Those of the records that are objects, as all should be."""
        return tuple(record for record in self.records if isinstance(record, dict))

    @property
    def confirmed(self) -> bool:
        """Whether there was a second page, and most records on it are other ones; a few may have moved in between."""
        if len(self.pages) < _PAGES:
            return False
        first, second = ({repr(record) for record in page.records} for page in self.pages)
        return 2 * len(second - first) > len(second)


@dataclass(frozen=True)
class Looker:
    """Looks at the endpoints of one API, whose door is open."""

    api: Api
    _answers: dict[object, Answer] = field(default_factory=dict)

    def get(self, ask: Ask) -> Answer:
        """Return the answer to *ask*, which is asked for only once."""
        if ask.identity not in self._answers:
            self._answers[ask.identity] = self.api.get(ask)
        return self._answers[ask.identity]

    def look(self, path: str, ask: Ask, takes: Mapping[str, int | None]) -> Looked:
        """
        Return what the endpoint at *path* shows that is asked with *ask*; *takes* are parameters it is known to take.

        Raises SourceError when it does not answer, and when there are no records in its answer.
        """
        answer = self.get(ask)
        document = document_in(answer)
        at = _records_at(document, answer.url)
        only = AskedPage(ask, answer, tuple(at_path(document, at)))
        ways = pagings(FirstPage(document, at, len(only.records), ask.params, answer.link, takes))
        unsure: list[Looked] = []
        for way in ways[:_TRIES]:
            looked = self._walked(way, path, only, at)
            if looked.confirmed or not way.more:
                return _told(looked)
            unsure.append(looked)
        return _told(unsure[0])

    def _walked(self, way: Paging, path: str, only: AskedPage, at: str) -> Looked:
        """Ask for the first pages in this *way*; *only* is the page that was asked for without knowing any."""
        own = way.own_params()
        stream = Stream(
            "looked_at",
            path,
            AnyRecord,
            records=at,
            pages=way.pages,
            params={name: value for name, value in only.ask.params.items() if name not in own},
        )
        walk = walk_of(self.api.source, stream, since=None, until=None, context={}, ahead=1, max_pages=_PAGES + 1)
        pages: list[AskedPage] = []
        trouble = ""
        try:
            while len(pages) < _PAGES and (ask := walk.ask()) is not None:
                pages.append(self._page(ask, at))
                if not walk.take(_seen(pages[-1].answer, stream)):
                    pages.pop()
        except (SourceError, RefusedError) as exc:
            trouble = str(exc)
        return Looked(at, way, tuple(pages) or (only,), ended=bool(walk.ended) and not trouble, trouble=trouble)

    def _page(self, ask: Ask, at: str) -> AskedPage:
        answer = self.get(ask)
        found = at_path(document_in(answer), at)
        return AskedPage(ask, answer, tuple(found) if isinstance(found, list) else ())


def _seen(answer: Answer, stream: Stream) -> Seen:
    peek = peek_of(stream)
    return Seen(
        url=answer.url,
        gist=peek.gist(answer.body),
        status=answer.status,
        link=answer.link,
        digest=sha256(answer.body).hexdigest(),
        document=partial(peek.document, answer.body),
    )


def document_in(answer: Answer) -> Any:
    """Return the JSON in *answer*; raise SourceError when it is none."""
    try:
        return parse(answer.body)
    except PayloadError as exc:
        kind = f" but {excerpt(answer.content_type, 60)}" if answer.content_type else ""
        page = answer.body.lstrip()[:1] == b"<"
        raise SourceError(
            f"{excerpt(answer.url)} answers with no JSON{kind} ({exc.code})",
            hint="that is a page for people: its documentation says where the API is" if page else "",
        ) from None


def _records_at(document: Any, url: str) -> str:
    try:
        return records_path(document)
    except NoRecords as exc:
        raise SourceError(
            f"no records in what {excerpt(url)} answers: {exc}",
            hint="name an address that answers with a list of objects, or write the Source by hand: docs/sources.md",
        ) from None


def _told(looked: Looked) -> Looked:
    """Return *looked*, its paging with words for what came of trying it; pages that are doubtful are left out."""
    if looked.confirmed:
        return replace(looked, paging=replace(looked.paging, tried="tried: a second page came, with other records"))
    if not looked.paging.more:
        return looked
    reason = looked.trouble or "there was no second page with other records"
    tried = f"NOT CONFIRMED, look at this: {excerpt(reason)}"
    return replace(looked, paging=replace(looked.paging, tried=tried), pages=looked.pages[:1], ended=False)
