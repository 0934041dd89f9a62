"""
A Source, as a user writes it: an HTTP API described as frozen values.

Nothing here asks anything of a network. What a value means is in pagination.py (what to ask next) and in the HTTP door
(how a credential is put on a request).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Literal
from urllib.parse import urlsplit

from minidata.core.columns import Column, columns_of
from minidata.core.errors import ConfigError, UnknownName
from minidata.core.names import checked_name, checked_schema
from minidata.core.rows import Row

Params = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key, sent in the header or in the query parameter named here; *secret* names an environment variable."""

    secret: str
    header: str | None = None
    param: str | None = None

    def __post_init__(self) -> None:
        if (self.header is None) == (self.param is None):
            raise ConfigError(
                "ApiKey needs a header or a param, one of them",
                hint='for example ApiKey(header="X-Api-Key", secret="SHOP_API_KEY")',
            )


@dataclass(frozen=True, slots=True)
class Bearer:
    """A bearer token (RFC 6750), sent as ``Authorization: Bearer …``; *secret* names an environment variable."""

    secret: str


Auth = ApiKey | Bearer


@dataclass(frozen=True, slots=True)
class SinglePage:
    """The whole answer comes in one response."""


@dataclass(frozen=True, slots=True)
class PageNumber:
    """Pages are asked by number; a page with fewer than *size* records is the last one."""

    size: int
    param: str = "page"
    size_param: str = "per_page"
    first: int = 1


@dataclass(frozen=True, slots=True)
class NextCursor:
    """Each answer carries, at the dotted path *field*, a token to send back as *param*; none means the end."""

    field: str = "next_cursor"
    param: str = "cursor"
    size: int | None = None
    size_param: str = "limit"


@dataclass(frozen=True, slots=True)
class NextUrl:
    """Each answer carries, at the dotted path *field*, the address of the next page; none means the end."""

    field: str = "next"


Pages = SinglePage | PageNumber | NextCursor | NextUrl


@dataclass(frozen=True, slots=True)
class Cursor:
    """
    Ask only for what is new: the largest *field* seen so far is sent as *param*, less *lag*.

    *field* is a dotted path in a raw record. The value is kept as the API wrote it. *lag* is for APIs in which a
    record may appear with a time that has already passed.
    """

    field: str
    param: str
    lag: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Stream:
    """
    One endpoint of a Source and the table it fills.

    *records* is the dotted path of the list of records in a body; "" is the body itself. *key* names the fields that
    tell records apart; with none, every record is a row of its own. *max_quarantined* is what a Load lets pass before
    it exits QUARANTINED: a count (int) or a share of the fetched records (float).
    """

    name: str
    path: str
    row: type[Row]
    key: str | tuple[str, ...] = ()
    records: str = ""
    pages: Pages = SinglePage()
    since: Cursor | None = None
    params: Params = field(default_factory=dict)
    mode: Literal["merge", "append"] | None = None
    max_quarantined: int | float = 0

    def __post_init__(self) -> None:
        checked_name("stream", self.name)
        if not (isinstance(self.row, type) and issubclass(self.row, Row)):
            raise ConfigError(f"stream {self.name!r}: row must be a subclass of minidata.Row")
        if self.mode == "merge" and not self.keys:
            raise ConfigError(f"stream {self.name!r}: mode 'merge' needs a key")
        if self.max_quarantined < 0:
            raise ConfigError(f"stream {self.name!r}: max_quarantined must not be negative")
        self._check_key()

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

    @property
    def keys(self) -> tuple[str, ...]:
        """The key's field names; empty when there is no key."""
        return (self.key,) if isinstance(self.key, str) else self.key

    @property
    def merges(self) -> bool:
        """Whether a record replaces the row of the same key, or is a row of its own."""
        return bool(self.keys) and self.mode != "append"

    @property
    def columns(self) -> tuple[Column, ...]:
        """The table's columns, derived from the Row."""
        return columns_of(self.row)


@dataclass(frozen=True)
class Source:
    """One HTTP API: where it is, how to get in, and its Streams."""

    name: str
    base_url: str
    streams: Sequence[Stream]
    auth: Auth | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    description: str = ""

    def __post_init__(self) -> None:
        checked_schema("source", self.name)
        object.__setattr__(self, "streams", tuple(self.streams))
        self._check_url()
        if not self.streams:
            raise ConfigError(f"source {self.name!r} has no streams")
        if len(self.by_name) < len(self.streams):
            raise ConfigError(f"source {self.name!r}: two streams share a name")

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
    sources: Mapping[str, Source], source: str | None, stream: str | None
) -> tuple[tuple[Source, Stream], ...]:
    """
    Return the Streams that are meant, each with its Source; None means all of them.

    A stream may be given as ``source.stream`` too. Raises UnknownName, with the nearest, and ConfigError.
    """
    if stream and "." in stream:
        owner, _, stream = stream.partition(".")
        if source not in {None, owner}:
            raise ConfigError(f"stream {owner}.{stream} is not one of source {source!r}")
        source = owner
    if source is None and stream is not None:
        raise ConfigError(f"stream {stream!r} of which source?", hint="say --source too, or --stream SOURCE.STREAM")
    if source is not None and source not in sources:
        raise UnknownName("source", source, sources)
    owners = sources.values() if source is None else (sources[source],)
    return tuple((owner, one) for owner in owners for one in ((owner.stream(stream),) if stream else owner.streams))


def secrets_of(sources: Iterable[Source]) -> dict[str, tuple[str, ...]]:
    """Return the names of the secrets that *sources* need, each with the names of those who need it."""
    needed: dict[str, tuple[str, ...]] = {}
    for source in sources:
        if source.auth:
            needed[source.auth.secret] = (*needed.get(source.auth.secret, ()), source.name)
    return needed
