"""What is asked of an API and what it answers, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: an absolute address and the parameters to add to its query. No credential is in either."""

    url: str
    params: Mapping[str, str | int] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def identity(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """What tells this request from others."""
        return self.url, tuple(sorted((name, str(value)) for name, value in self.params.items()))


@dataclass(frozen=True, slots=True)
class Answer:
    """
    One whole response. *body* is what the API sent, Content-Encoding undone.

    *url* is where the answer came from: that of the Ask, or where a redirect led. *date* is the server's clock, None
    when it did not tell.
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
