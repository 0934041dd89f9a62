"""
The journal of a Run that is under way: which Pages are kept, and what they told, so that the next ingest can go on.

Its parts lie beside the Pages and are written after them, one part for as many Pages as were kept since the one before.
The manifest makes them superfluous.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from minidata.core.fetching.gist import Gist
from minidata.core.pages import AskedBy
from minidata.core.runs import Page
from minidata.core.source import Source, Stream

# Of a Stream what has no say in which requests are made, and what their answers mean for the next ones.
_NO_SAY = frozenset({"row", "mode", "deleted", "max_quarantined", "idempotent", "error_if"})


class Start(BaseModel):
    """
    Where a Run begins: *send* is sent to the API, *before* is the cursor that the Run before left.

    *until* bounds it. With *gap* the Run is not what comes next after *before*: it leaves the cursor where it is.
    *boundary* are the records at *before* that come again, *parents* the newest Run of the parent Stream.
    """

    model_config = ConfigDict(frozen=True)

    send: str | None = None
    until: str | None = None
    before: str | None = None
    gap: bool = False
    boundary: dict[str, int] = {}
    parents: str | None = None


class Kept(BaseModel):
    """
    A Page that is kept, and what it told; *date* is the server's clock then, None when it did not tell.

    *asked* is a digest of the request: the Page's own address may be where a redirect led.
    """

    model_config = ConfigDict(frozen=True)

    page: Page
    gist: Gist
    asked: str
    date: AwareDatetime | None = None


class Part(BaseModel):
    """One part of a journal: the Run it is of, whole, and some of its Pages, in their order."""

    model_config = ConfigDict(frozen=True)

    version: Literal[1] = 1
    run: str
    plan: str
    started_at: AwareDatetime
    start: Start
    kept: tuple[Kept, ...]

    @classmethod
    def parse(cls, body: bytes) -> Self | None:
        """Return the part in *body*; None for one that is damaged or of another minidata: then nothing is resumed."""
        try:
            return cls.model_validate_json(body)
        except ValidationError:
            return None


class Unfinished(BaseModel):
    """A Run that was interrupted, as its journal tells."""

    model_config = ConfigDict(frozen=True)

    run: str
    started_at: datetime
    start: Start
    kept: tuple[Kept, ...]
    parts: int


def plan_of(source: Source, stream: Stream, asked: Mapping[str, Any]) -> str:
    """
    Return the digest of all that says which requests a Run makes: two Runs of one plan are interchangeable.

    *asked* is what the command was told.
    """
    told = {one.name: getattr(stream, one.name) for one in fields(stream) if one.name not in _NO_SAY}
    if isinstance(stream.pages, AskedBy):
        # A function's repr has its address in it, which is another one in each process.
        told["pages"] = f"{stream.pages.function.__module__}.{stream.pages.function.__qualname__}"
    return sha256(repr((source.base_url, dict(source.params), told, dict(asked))).encode()).hexdigest()
