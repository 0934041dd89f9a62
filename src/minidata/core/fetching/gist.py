"""
What a page tells an ingest, which does not load it: how many records, how to go on, how far it reaches.

It is small, so that a Run of any number of pages needs no more memory than a few of them, and a Run that was
interrupted goes on from the gists of its pages without reading them again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict


class Gist(BaseModel):
    """
    What is worth knowing of one page.

    *next* is what stands at the field that leads on (a token, an address), *more* at that which says whether there is a
    next page; both as they stand there, None where nothing does. *total* and *total_pages* are counts, None when not
    told. *low* and *high* are the least and the greatest value of the Cursor's field among those not dated after the
    Run began, *late* is the greatest of those that are, all as the API wrote them. *ids* are digests of the records'
    keys, in their order; empty where the Stream has no key. *loose* is what is wrong with a page that could still be
    read.
    """

    model_config = ConfigDict(frozen=True)

    records: int
    next: Any = None
    more: Any = None
    total: int | None = None
    total_pages: int | None = None
    low: str | None = None
    high: str | None = None
    late: str | None = None
    ids: tuple[int, ...] = ()
    loose: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """
    One answer as pagination sees it: where it came from, its gist, its Link header, and all of it when asked for.

    *digest* is one of its body.
    """

    url: str
    gist: Gist
    status: int = 200
    link: str | None = None
    digest: str = ""
    document: Callable[[], Any] = lambda: None
