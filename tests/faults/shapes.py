"""How an API pages and is asked, and the Source that a user would write for it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from minidata.core.pages import LinkHeader, NextCursor, NextUrl, Offset, PageNumber, Pages
from minidata.core.rows import Row
from minidata.core.source import Cursor, Source, Stream

Kind = Literal["cursor", "url", "link", "number", "total", "offset"]


class Item(Row):
    """A record of the API; *updated_at* is left out, for some tests send nonsense there."""

    id: int
    n: int


@dataclass(frozen=True)
class Shape:
    """How the API pages, and how it is asked: this much is what its documentation would say."""

    kind: Kind = "cursor"
    size: int = 5
    lines: bool = False
    post: bool = False
    newest_first: bool = False

    @property
    def keeps_place(self) -> bool:
        """Whether a page begins after a record, not at a number: then no change moves records between pages."""
        return self.kind in {"cursor", "url", "link"}

    @property
    def pages(self) -> Pages:
        """The Stream's ``pages=``."""
        place: Literal["query", "body"] = "body" if self.post else "query"
        match self.kind:
            case "cursor":
                return NextCursor(size=self.size, place=place)
            case "url":
                return NextUrl()
            case "link":
                return LinkHeader()
            case "offset":
                return Offset(self.size, place=place)
            case _:
                return PageNumber(self.size, total="total" if self.kind == "total" else None, place=place)

    def source(
        self,
        url: str,
        *,
        key: str | tuple[str, ...] = "id",
        lag: timedelta = timedelta(0),
        at_once: int = 4,
        **stream: Any,
    ) -> Source:
        """A Source called ``depot`` with one Stream ``items``, as a user would write it."""
        cursor = Cursor("updated_at", param="since", until="until", lag=lag, place="body" if self.post else "query")
        asked: dict[str, Any] = {"method": "POST", "json": {}, "idempotent": True} if self.post else {}
        read: dict[str, Any] = {"format": "ndjson"} if self.lines else {"records": "data"}
        parts = {"key": key, "pages": self.pages, "since": cursor, **asked, **read, **stream}
        return Source("depot", url, [Stream("items", "/items", Item, **parts)], concurrency=at_once)
