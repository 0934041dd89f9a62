"""What is asked of an API and what it answers, as values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Self

Params = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Ask:
    """
    One request: an absolute address and the parameters to add to its query. No credential is in either.

    *body* is sent as JSON; None for a request without one.
    """

    url: str
    params: Params = field(default_factory=lambda: MappingProxyType({}))
    method: str = "GET"
    body: Mapping[str, Any] | None = None

    @property
    def identity(self) -> tuple[str, str, tuple[tuple[str, str], ...], str]:
        """What tells this request from others."""
        params = tuple(sorted((name, str(value)) for name, value in self.params.items()))
        body = "" if self.body is None else json.dumps(self.body, sort_keys=True, default=str)
        return self.method, self.url, params, body

    def with_params(self, **params: str | int) -> Self:
        """Return this request with *params* in its query, in place of those of the same name."""
        return replace(self, params={**self.params, **params})

    def with_body(self, **fields: Any) -> Self:
        """Return this request with *fields* in its JSON body, in place of those of the same name."""
        return replace(self, body={**(self.body or {}), **fields})


@dataclass(frozen=True, slots=True)
class Validators:
    """What an answer told about its version (RFC 9110 §8.8), to ask later whether there is another one."""

    etag: str | None = None
    last_modified: str | None = None

    def __bool__(self) -> bool:
        return bool(self.etag or self.last_modified)


@dataclass(frozen=True, slots=True)
class Answer:
    """
    One whole response. *body* is what the API sent, Content-Encoding undone.

    *url* is where the answer came from: that of the Ask, or where a redirect led. *date* is the server's clock, None
    when it did not tell. *link* is its Link header (RFC 8288), several joined by commas.
    """

    url: str
    status: int
    body: bytes
    fetched_at: datetime
    date: datetime | None = None
    content_type: str | None = None
    content_encoding: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    link: str | None = None

    @property
    def nothing(self) -> bool:
        """Whether there is no body, by the status."""
        return self.status in {204, 304}

    @property
    def unmodified(self) -> bool:
        """Whether the API says that nothing changed since the validators it was asked with."""
        return self.status == 304  # noqa: PLR2004 - Not Modified
