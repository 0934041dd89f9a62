"""What there is to write a Source from: one endpoint that was looked at, or those that a document tells of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from minidata.adapters.http import Api
from minidata.core.auths import Auth
from minidata.core.errors import ApiRefused, ConfigError, SourceError, UnknownName
from minidata.core.exchange import Ask
from minidata.core.fetching.addresses import under
from minidata.core.inference.addresses import is_of_document, split_path, split_query
from minidata.core.inference.drafting import Drafting
from minidata.core.inference.drafts import DraftSource
from minidata.core.inference.imports import WORDS
from minidata.core.inference.naming import snake, source_name, stream_name
from minidata.core.inference.openapi import Document, Endpoint, NotUsable, read_document
from minidata.core.inference.paging import FirstPage, Paging, pagings
from minidata.core.inference.shapes import Shape, shape_of
from minidata.core.inference.streams import Found, drafted
from minidata.core.names import checked_name
from minidata.core.watch import Watch
from minidata.core.wording import excerpt
from minidata.steps.adding.asking import Looked, Looker

# Opens the door to the API at a base URL, with a credential or without.
OpenApi = Callable[[str, Auth | None], Api]


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    What is asked of `add`. *every* is all endpoints of a document, *stream* one of them or a name for the only one.

    *dry* is to write nothing, *force* to replace the file that is there.
    """

    url: str
    name: str | None = None
    stream: str | None = None
    auth: Auth | None = None
    every: bool = False
    dry: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True)
class Findings:
    """The Source as it is to be written, what was *looked* at by its Streams' names, and what a person should know."""

    draft: DraftSource
    looked: Mapping[str, Looked]
    notes: tuple[str, ...] = ()


def find(wanted: Wanted, open_api: OpenApi, watch: Watch) -> Findings:
    """
    Look at what is at the address that is *wanted*.

    Raises SourceError when it does not answer or has no records, ConfigError and UnknownName when a person must choose.
    """
    address, params = split_query(wanted.url)
    base_url, path = split_path(address)
    apart = is_of_document(wanted.url)
    # A document may lie with somebody else, whom the API's credential does not concern.
    with open_api(base_url, None if apart else wanted.auth) as api:
        looker = Looker(api)
        ask = Ask(under(base_url, path), params)
        try:
            document = read_document(looker.get(ask).body)
        except NotUsable as exc:
            raise ConfigError(f"{excerpt(wanted.url)} {exc}", hint="look for its OpenAPI 3 form") from None
        except ApiRefused as exc:
            raise _with_hint(exc, wanted) from exc
        if document is None:
            return _one(wanted, base_url, path, looker.look(path, ask, {}))
    return _Documented(wanted, document, document.base_url(wanted.url)).findings(open_api, watch)


def _one(wanted: Wanted, base_url: str, path: str, looked: Looked) -> Findings:
    name = checked_name("stream", wanted.stream) if wanted.stream else stream_name(path)
    records = looked.objects
    found = Found(
        name=name,
        path=path,
        params=split_query(wanted.url)[1],
        takes=frozenset(),
        at=looked.at,
        shape=shape_of(records),
        seen=records,
        paging=looked.paging,
        comment=f"A record of {name}: what the {len(records):,} that were seen have in common.",
        whole=looked.ended,
    )
    stream = drafted(found, Drafting(set(WORDS)))
    draft = DraftSource(_name(wanted, base_url), base_url, wanted.url, (stream,), wanted.auth)
    return Findings(draft, {name: looked})


@dataclass(frozen=True, slots=True)
class _Documented:
    """An API with a *document* about it."""

    wanted: Wanted
    document: Document
    base_url: str

    def findings(self, open_api: OpenApi, watch: Watch) -> Findings:
        wanted, drafting = self.wanted, Drafting(set(WORDS))
        looked: dict[str, Looked] = {}
        streams, notes = [], []
        chosen = self._chosen()
        with open_api(self.base_url, wanted.auth) as api:
            looker = Looker(api)
            for number, endpoint in enumerate(chosen):
                watch.count("endpoints", number, len(chosen))
                ask = Ask(under(self.base_url, endpoint.path), endpoint.params)
                try:
                    looked[endpoint.name] = looker.look(endpoint.path, ask, endpoint.takes)
                except SourceError as exc:
                    notes.append(f"{endpoint.name} is written as the document has it, and was not tried: {exc}")
                streams.append(
                    drafted(_found(endpoint, self.document.shape(endpoint), looked.get(endpoint.name)), drafting)
                )
        name = _name(wanted, self.base_url, self.document.title)
        draft = DraftSource(name, self.base_url, wanted.url, tuple(streams), wanted.auth, self.document.title)
        return Findings(draft, looked, (*notes, *self._passed_over()))

    def _chosen(self) -> tuple[Endpoint, ...]:
        endpoints, stream = self.document.endpoints, self.wanted.stream
        if not endpoints:
            closed = f"; passed over: {', '.join(self.document.closed)}" if self.document.closed else ""
            raise ConfigError(f"the document at {excerpt(self.wanted.url)} has no GET that lists records{closed}")
        if stream:
            found = [one for one in endpoints if stream in {one.name, one.path, one.path.lstrip("/")}]
            if not found:
                raise UnknownName("stream of the document", stream, [one.name for one in endpoints])
            return tuple(found)
        if len(endpoints) > 1 and not self.wanted.every:
            listed = ", ".join(f"{one.name} ({one.path})" for one in endpoints)
            raise ConfigError(
                f"the document has several lists: {listed}", hint="choose one with --stream, or say --all"
            )
        return endpoints

    def _passed_over(self) -> tuple[str, ...]:
        if not self.wanted.every:
            return ()
        return tuple(f"{path} was passed over: {why}" for path, why in self.document.closed.items())


def _found(endpoint: Endpoint, shape: Shape, looked: Looked | None) -> Found:
    records = looked.objects if looked else ()
    if looked and looked.at != endpoint.records:
        shape = shape_of(records)
    else:
        shape.absorb(shape_of(records))
    seen = f", and the {len(records):,} that were seen" if records else ""
    return Found(
        name=endpoint.name,
        path=endpoint.path,
        params=endpoint.params,
        takes=frozenset(endpoint.takes),
        at=looked.at if looked else endpoint.records,
        shape=shape,
        seen=records,
        paging=looked.paging if looked else _told_paging(endpoint),
        comment=f"A record of {endpoint.name}: what the document says{seen}.",
        whole=looked is not None and looked.ended,
    )


def _told_paging(endpoint: Endpoint) -> Paging:
    first = FirstPage(endpoint.example, endpoint.records, 0, endpoint.params, None, endpoint.takes)
    return replace(pagings(first)[0], tried="by the document alone: it was not tried")


def _name(wanted: Wanted, base_url: str, title: str = "") -> str:
    host = urlsplit(base_url).hostname or ""
    name = wanted.name or source_name(host) or snake(title)
    if not name:
        raise ConfigError(f"{host} is no name for a Source", hint="give it one with --name")
    return name


def _with_hint(exc: ApiRefused, wanted: Wanted) -> SourceError:
    """Return the refusal *exc* with what to do about it, where it is one for the lack of a credential."""
    if exc.status not in {401, 403} or wanted.auth is not None:
        return exc
    return SourceError(
        str(exc),
        hint="it wants a credential: --secret NAME --header X-Api-Key, --bearer NAME, or --param key=NAME, "
        "where NAME is what `minidata secrets set NAME` keeps",
    )
