"""
Runs, their Pages and manifests: what the object store holds, as values and keys.

    raw/<source>/<stream>/<YYYY-MM-DD>/<run id>/00001.json     the response body, byte for byte
                                               /00002.json.zst the same, in a store that keeps bodies compressed
                                               /_kept-00001.json  as long as the Run is under way: its journal
                                               /_run.json      the manifest, written last

Keys sort by time, so the order of keys is the order of Runs and of Pages within a Run.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple, Self

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from minidata.core.errors import ObjectDamaged

ROOT = "raw"
MANIFEST = "_run.json"
_JOURNAL = "_kept-"
_DIGITS = 5
_LONGER = ("", *"abcdefghij")
_PAGE = re.compile(r"[a-j]?(\d{5,15})\.json(?:\.zst)?\Z")
_BEGAN = re.compile(r"(\d{8}t\d{12})z-")
_KEY = re.compile(
    rf"{ROOT}/(?P<source>[a-z0-9_]+)/(?P<stream>[a-z0-9_]+)/\d{{4}}-\d\d-\d\d/(?P<run>[0-9a-z-]+)/(?P<file>[^/]+)\Z"
)


def run_prefix(source: str, stream: str, run: str) -> str:
    """Return the key prefix of a Run, without a slash at its end."""
    return f"{stream_prefix(source, stream)}/{run[:4]}-{run[4:6]}-{run[6:8]}/{run}"


def stream_prefix(source: str, stream: str) -> str:
    """Return the key prefix of all Runs of a Stream, without a slash at its end."""
    return f"{ROOT}/{source}/{stream}"


def page_key(prefix: str, number: int, ending: str = "") -> str:
    """
    Return the key of the Run's page *number*, counted from 1; *ending* is the store's, "" or ".zst".

    Five digits; beyond, a letter says how many more there are, so that a100000 comes after 99999, and b1000000 last.
    """
    return f"{prefix}/{_numbered(number)}{ending}"


def _numbered(number: int) -> str:
    digits = f"{number:05d}"
    return f"{_LONGER[len(digits) - _DIGITS]}{digits}.json"


def page_number(file: str) -> int | None:
    """Return the number of the Page whose key ends in *file*; None for what is no Page."""
    match = _PAGE.match(file)
    return int(match[1]) if match else None


def journal_key(prefix: str, number: int) -> str:
    """Return the key of part *number*, from 1, of the journal of a Run that is under way."""
    return f"{prefix}/{_JOURNAL}{_numbered(number)}"


def is_journal(file: str) -> bool:
    """Return whether *file*, the last part of a key, is a part of a Run's journal."""
    return file.startswith(_JOURNAL)


def manifest_key(prefix: str) -> str:
    """Return the key written last: a Run without it is unfinished."""
    return f"{prefix}/{MANIFEST}"


def began(run: str) -> datetime | None:
    """Return when the Run with this id began; None for an id that is not one of ours."""
    match = _BEGAN.match(run)
    try:
        return datetime.strptime(f"{match[1]}+0000", "%Y%m%dt%H%M%S%f%z") if match else None
    except ValueError:
        return None


class ObjectKey(NamedTuple):
    """What any object's key says: its Run, and the *file* in it."""

    source: str
    stream: str
    run: str
    file: str

    @classmethod
    def parse(cls, key: str) -> Self | None:
        """Return what *key* says; None when it is not that of a Run's object."""
        match = _KEY.match(key)
        return cls(match["source"], match["stream"], match["run"], match["file"]) if match else None


def place_of(key: str, record: int | None) -> str:
    """Return RUN/PAGE#RECORD for a record, from 0, of the object at *key*, and without #RECORD for all of it."""
    parts = ObjectKey.parse(key)
    name = f"{parts.run}/{page_number(parts.file)}" if parts else key
    return name if record is None else f"{name}#{record}"


class RunKey(BaseModel):
    """What a manifest's key says about its Run."""

    model_config = ConfigDict(frozen=True)

    source: str
    stream: str
    run: str
    key: str

    @classmethod
    def parse(cls, key: str) -> Self | None:
        """Return the Run whose manifest is at *key*; None when *key* is no manifest's."""
        found = ObjectKey.parse(key)
        if not found or found.file != MANIFEST:
            return None
        return cls(source=found.source, stream=found.stream, run=found.run, key=key)


class Page(BaseModel):
    """
    One HTTP response, kept as one raw object; *url* and *params* hold no secrets.

    *sha256* and *size* are those of the body as it was sent, also where the store keeps it compressed. *body* is the
    JSON that was posted, *link* the answer's Link header. *context* are the fields that a child Stream's records have
    of their parent. *repeated* are the places (from 0) of records that the Run before brought already, in a Stream
    whose records have no key to tell them by: they are not loaded again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    key: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size: int
    status: int
    url: str
    params: dict[str, Any] = {}
    fetched_at: AwareDatetime
    content_type: str | None = None
    content_encoding: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    method: str = "GET"
    body: dict[str, Any] | None = None
    link: str | None = None
    context: dict[str, Any] = {}
    repeated: tuple[int, ...] = ()


class Manifest(BaseModel):
    """
    A finished Run: every Page it keeps and where it left the cursor.

    *until* bounds a Run that was asked for a window. *ended* says why no further page was asked for. *boundary* counts,
    by the digests of their records, the records at the cursor that come again in the next Run. *parents* is the newest
    Run of the parent Stream that was gone through.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    source: str
    stream: str
    run: str
    started_at: AwareDatetime
    finished_at: AwareDatetime
    pages: tuple[Page, ...]
    records: int | None = None
    cursor_before: str | None = None
    cursor_after: str | None = None
    until: str | None = None
    ended: str | None = None
    boundary: dict[str, int] = {}
    parents: str | None = None
    warnings: tuple[str, ...] = ()
    minidata: str

    @property
    def whole(self) -> bool:
        """Whether all there is was asked for, so that it may replace a table."""
        return self.cursor_before is None and self.until is None

    def encoded(self, pages: Sequence[bytes] = ()) -> bytes:
        """
        Return it as it is stored: JSON, a line for each Page.

        A Run of many Pages hands them in as JSON already, which takes a tenth of the memory.
        """
        document = self.model_dump(mode="json")
        if pages:
            document["pages"] = [orjson.Fragment(page) for page in pages]
        return orjson.dumps(document, option=orjson.OPT_INDENT_2)

    @classmethod
    def parse(cls, key: str, body: bytes) -> Self:
        """Read the manifest stored at *key*; raise ObjectDamaged when it is damaged or of a newer minidata."""
        try:
            manifest = cls.model_validate_json(body)
        except ValidationError as exc:
            raise _damaged(key, exc) from exc
        if key != manifest_key(run_prefix(manifest.source, manifest.stream, manifest.run)):
            raise ObjectDamaged(f"manifest {key} is damaged: it is not about the run it lies in")
        return manifest

    @classmethod
    def parse_apart(cls, key: str, body: bytes) -> tuple[Self, Iterator[Page]]:
        """
        Read the manifest stored at *key* without its Pages, and these one by one; raise as parse() does, both of them.

        All Pages of a large Run together would take more memory than whatever is done with each.
        """
        import msgspec  # noqa: PLC0415, TID251 - the door to manifests; who finds nothing new never comes here

        try:
            parts = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
            pages = msgspec.json.decode(parts["pages"], type=list[msgspec.Raw])
        except (msgspec.MsgspecError, KeyError):
            manifest = cls.parse(key, body)
            return manifest.model_copy(update={"pages": ()}), iter(manifest.pages)
        bare = cls.parse(key, msgspec.json.encode({**parts, "pages": []}))
        return bare, _read(key, map(bytes, pages))


def _read(key: str, pages: Iterable[bytes]) -> Iterator[Page]:
    for page in pages:
        try:
            yield Page.model_validate_json(page)
        except ValidationError as exc:
            raise _damaged(key, exc) from exc


def _damaged(key: str, error: ValidationError) -> ObjectDamaged:
    return ObjectDamaged(
        f"manifest {key} is damaged or from a newer minidata",
        hint=f"{error.error_count()} field(s) are not as they must be; fetch that run again",
    )
