"""
A Source, as a user writes it: an HTTP API described as frozen values.

Nothing here asks anything of a network. What a value means is in pagination.py (what to ask next) and in the HTTP door
(how a credential is put on a request).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from math import inf
from typing import Any, Literal
from urllib.parse import urlsplit

from minidata.core.auths import Auth
from minidata.core.columns import Column, columns_of
from minidata.core.errors import ConfigError, UnknownName
from minidata.core.exchange import Params
from minidata.core.fitting.holding import check_defaults
from minidata.core.names import checked_name, checked_schema
from minidata.core.pages import NextUrl, Pages, Place, SinglePage
from minidata.core.rows import Row


@dataclass(frozen=True, slots=True)
class Cursor:
    """
    Ask only for what is new: the largest *field* seen so far is sent as *param*, less *lag*.

    *field* is a dotted path in a raw record. The value is kept as the API wrote it. *lag* is for APIs in which a
    record may appear with a time that has already passed. *until* is the parameter that bounds the other end, where the
    API has one: ``--until`` and ``--window`` need it.
    """

    field: str
    param: str
    lag: timedelta = timedelta(0)
    until: str | None = None
    place: Place = "query"


@dataclass(frozen=True, slots=True)
class Parent:
    """
    Ask once for each record of another Stream of the same Source.

    *fields* maps names to dotted paths in the *stream*'s records: each name may stand in braces in this Stream's path
    and params (``/orders/{order_id}/refunds``), and is a field of its records, unless the API sends one of that name.
    The parents are those in all finished Runs of *stream*; with *changed_only*, of the Runs since the last one.
    """

    stream: str
    fields: Mapping[str, str]
    changed_only: bool = False

    def __post_init__(self) -> None:
        if not self.fields:
            raise ConfigError("Parent needs fields", hint='for example Parent("orders", fields={"order_id": "id"})')


@dataclass(frozen=True, slots=True)
class ErrorIf:
    """
    An answer with a good status that is an error all the same: one with *equals* at the dotted path *field*.

    Without *equals*, anything there that is true, or not empty, is an error. *message* is the dotted path of what the
    API says about it. With *retry* the API is asked again as after a 503, else it is an error at once.
    """

    field: str
    equals: Any = True
    message: str | None = None
    retry: bool = False


@dataclass(frozen=True, slots=True)
class Deleted:
    """
    A record by which the API announces that its key is no more: one with *equals* at the dotted path *field*.

    Without *equals*, anything there that is true, or not empty, says so: ``Deleted("deleted_at")``. Of such a record
    only the key has to fit the Row.
    """

    field: str
    equals: Any = True


Mode = Literal["merge", "append", "replace", "history"]


@dataclass(frozen=True, slots=True)
class Stream:
    """
    One endpoint of a Source and the table it fills.

    *records* is the dotted path of the list of records in a body; "" is the body itself. *key* names the fields that
    tell records apart; with none, every record is a row of its own.

    *mode* says what becomes of a record. "merge": it replaces the row of the same key (usual where there is a key).
    "append": it is a row of its own (usual where there is none). "replace": the newest complete Run is the table.
    "history": each version of a key is a row, with *valid_from* and *valid_to*. *deleted* tells which records announce
    that a key is no more.

    *max_quarantined* is how much may not fit: a count (int) or a share (float) of an object's records. An object with
    more is not loaded at all, and the Load exits QUARANTINED. None, the default, loads whatever fits, and exits
    QUARANTINED when anything did not.

    *ignore* names what the Row leaves out on purpose, by dotted paths with patterns for steps: ``"node_id"``,
    ``"*_url"``, ``"user.*"``, ``"items.*.tax"`` for each item of a list. `drift` says nothing of it.

    A body is one JSON document, or with *format* "ndjson" a record in each line. With *method* "POST", *json* is the
    body of requests; they are asked again after a failure only when *idempotent* says that this does no harm.
    """

    name: str
    path: str
    row: type[Row]
    key: str | tuple[str, ...] = ()
    records: str = ""
    pages: Pages = SinglePage()  # noqa: RUF009 - a frozen value
    since: Cursor | None = None
    params: Params = field(default_factory=dict)
    mode: Mode | None = None
    max_quarantined: int | float | None = None
    deleted: Deleted | None = None
    method: Literal["GET", "POST"] = "GET"
    json: Mapping[str, Any] | None = None
    idempotent: bool = False
    format: Literal["json", "ndjson"] = "json"
    error_if: ErrorIf | None = None
    parent: Parent | None = None
    ignore: str | tuple[str, ...] = ()

    def __post_init__(self) -> None:
        checked_name("stream", self.name)
        if not (isinstance(self.row, type) and issubclass(self.row, Row)):
            raise ConfigError(f"stream {self.name!r}: row must be a subclass of minidata.Row")
        check_defaults(self.row)
        if self.max_quarantined is not None and self.max_quarantined < 0:
            raise ConfigError(f"stream {self.name!r}: max_quarantined must not be negative")
        self._check_key()
        self._check_mode()
        self._check_request()
        if not all(map(all, self.ignored)):
            raise ConfigError(f"stream {self.name!r}: ignore needs dotted paths, such as 'node_id' or 'items.*.tax'")

    def _check_request(self) -> None:
        in_body = getattr(self.pages, "place", "query") == "body" or (self.since and self.since.place == "body")
        if self.method == "GET" and (self.json is not None or in_body):
            raise ConfigError(f"stream {self.name!r}: a GET has no body", hint='say method="POST"')
        if self.format == "ndjson" and (self.records or isinstance(self.pages, NextUrl)):
            raise ConfigError(f"stream {self.name!r}: in ndjson each line is a record, and no path leads to another")

    def _check_key(self) -> None:
        columns = {column.name: column for column in self.columns}
        for name in self.keys:
            if name not in columns:
                raise UnknownName(f"key of stream {self.name!r}:", name, columns)
            if columns[name].nullable:
                raise ConfigError(
                    f"stream {self.name!r}: key {name!r} may be None",
                    hint="a key field must not be Optional",
                )
            if columns[name].type == "jsonb":
                raise ConfigError(f"stream {self.name!r}: key {name!r} is a document, not a value")

    def _check_mode(self) -> None:
        name = f"stream {self.name!r}"
        if self.mode in {"merge", "history"} and not self.keys:
            raise ConfigError(f"{name}: mode {self.mode!r} needs a key")
        if self.deleted and not self.merges:
            raise ConfigError(f"{name}: deletes need a key, and a mode other than 'append'")
        if self.mode == "replace" and (self.since or (self.parent and self.parent.changed_only)):
            raise ConfigError(
                f"{name}: mode 'replace' needs all records in each Run, and this asks only for what is new",
                hint="leave out since=, or use mode='merge'",
            )
        taken = {column.name for column in self.columns} & {"valid_from", "valid_to"}
        if self.mode == "history" and taken:
            raise ConfigError(f"{name}: mode 'history' has a column {min(taken)} of its own")

    @property
    def keys(self) -> tuple[str, ...]:
        """The key's field names; empty when there is no key."""
        return (self.key,) if isinstance(self.key, str) else self.key

    @property
    def ignored(self) -> tuple[tuple[str, ...], ...]:
        """The steps of each path that is left out on purpose."""
        paths = (self.ignore,) if isinstance(self.ignore, str) else self.ignore
        return tuple(tuple(path.split(".")) for path in paths)

    @property
    def merges(self) -> bool:
        """Whether records are told apart by the key, or each is a row of its own."""
        return bool(self.keys) and self.mode != "append"

    @property
    def writes(self) -> Mode:
        """What becomes of a record: *mode*, or what is usual where there is a key and where there is none."""
        return self.mode or ("merge" if self.keys else "append")

    def allows(self, quarantined: int, fetched: int) -> bool:
        """Whether so many of an object's *fetched* records may be *quarantined* without its being left out."""
        most = self.max_quarantined
        return most is None or quarantined <= (most * fetched if isinstance(most, float) else most)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The table's columns, derived from the Row."""
        return columns_of(self.row)


@dataclass(frozen=True)
class Source:
    """
    One HTTP API: where it is, how to get in, how much it bears, and its Streams.

    *rate* is how many requests a second at most, *concurrency* how many at the same time. *timeout* and *deadline*
    (seconds) and *max_body* (bytes) take the place of those in the project's settings. *trusted* are origins, such as
    ``https://cdn.example.com``, to which a link or a redirect may lead: they get neither the credential nor the headers
    that are set here. Without *verify* any certificate is believed, and each run says so. One that is fetched only
    *on_request* must be named, or have a section of its own in the project's settings.
    """

    name: str
    base_url: str
    streams: Sequence[Stream]
    auth: Auth | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Params = field(default_factory=dict)
    description: str = ""
    rate: float | None = None
    concurrency: int = 4
    timeout: float | None = None
    deadline: float | None = None
    max_body: int | None = None
    trusted: tuple[str, ...] = ()
    verify: bool = True
    on_request: bool = False

    def __post_init__(self) -> None:
        checked_schema("source", self.name)
        object.__setattr__(self, "streams", tuple(self.streams))
        self._check_url()
        if not self.streams:
            raise ConfigError(f"source {self.name!r} has no streams")
        if len(self.by_name) < len(self.streams):
            raise ConfigError(f"source {self.name!r}: two streams share a name")
        self._check_limits()
        self._check_parents()

    def _check_limits(self) -> None:
        for name in ("rate", "concurrency", "timeout", "deadline", "max_body"):
            limit = getattr(self, name)
            if limit is not None and not 0 < limit < inf:
                raise ConfigError(f"source {self.name!r}: {name} must be more than 0, not {limit}")

    def _check_parents(self) -> None:
        known: set[str] = set()
        for stream in self.streams:
            if stream.parent and stream.parent.stream not in known:
                raise UnknownName(f"parent of stream {self.name}.{stream.name}:", stream.parent.stream, known)
            known.add(stream.name)

    def _check_url(self) -> None:
        url = urlsplit(self.base_url)
        if url.scheme not in {"http", "https"} or not url.hostname or url.username or url.query or url.fragment:
            raise ConfigError(
                f"source {self.name!r}: base_url must be http(s)://host/…, without user or query",
                hint="credentials go into auth=, as a variable's name; parameters into the Stream's params=",
            )

    @cached_property
    def by_name(self) -> Mapping[str, Stream]:
        """The Streams by their names."""
        return {stream.name: stream for stream in self.streams}

    def stream(self, name: str) -> Stream:
        """Return the Stream called *name*; raise UnknownName, with the nearest, when there is none."""
        if name not in self.by_name:
            raise UnknownName(f"stream of {self.name!r}:", name, self.by_name)
        return self.by_name[name]


def chosen_streams(
    sources: Mapping[str, Source], source: str | None, stream: str | None, *, set_up: Collection[str] | None = None
) -> tuple[tuple[Source, Stream], ...]:
    """
    Return the Streams that are meant, each with its Source; None means all of them.

    With *set_up*, the names that the project's settings have sections for, all of them are those that may be fetched
    unasked. A stream may be given as ``source.stream`` too, or by its name alone where only one Source has it. Raises
    UnknownName, with the nearest, and ConfigError.
    """
    if stream and "." in stream:
        owner, _, stream = stream.partition(".")
        if source not in {None, owner}:
            raise ConfigError(f"stream {owner}.{stream} is not one of source {source!r}")
        source = owner
    if source is None and stream is not None:
        source = _only_owner(sources, stream)
    if source is not None and source not in sources:
        raise UnknownName("source", source, sources)
    everybody = sources if set_up is None else unasked(sources, set_up)
    owners = everybody.values() if source is None else (sources[source],)
    return tuple((owner, one) for owner in owners for one in ((owner.stream(stream),) if stream else owner.streams))


def _only_owner(sources: Mapping[str, Source], stream: str) -> str:
    """Return the name of the one Source that has a Stream called *stream*."""
    owners = [name for name, source in sources.items() if stream in source.by_name]
    if not owners:
        raise UnknownName("stream", stream, {one.name for source in sources.values() for one in source.streams})
    if len(owners) > 1:
        there = " or ".join(f"{owner}.{stream}" for owner in owners)
        raise ConfigError(f"stream {stream!r} of which source?", hint=f"say {there}")
    return owners[0]


def unasked(sources: Mapping[str, Source], set_up: Collection[str]) -> dict[str, Source]:
    """Return those of *sources* that are fetched when none is named; *set_up* has the names of some more."""
    return {name: source for name, source in sources.items() if not source.on_request or name in set_up}


def secrets_of(sources: Iterable[Source]) -> dict[str, tuple[str, ...]]:
    """Return the names of the secrets that *sources* need, each with the names of those who need it."""
    needed: dict[str, tuple[str, ...]] = {}
    for source in sources:
        for secret in source.auth.secrets if source.auth else ():
            needed[secret] = (*needed.get(secret, ()), source.name)
    return needed
