"""Rows in files, records, and where the two differ."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from inferring import source_in
from minidata.core.bodies.payload import parse
from minidata.core.drifting.changing import Changes
from minidata.core.drifting.finding import Drift, drifts
from minidata.core.drifting.outlines import outline_of
from minidata.core.drifting.overlooking import overlook
from minidata.core.drifting.overlooking import told as not_ignored
from minidata.core.drifting.patching import Patched, patched
from minidata.core.drifting.seeing import Seen, seen_in
from minidata.core.source import Stream

Records = Sequence[Any]
# What a patch takes away; the rest is for a person to judge.
PATCHED = {"UNNAMED", "NULL", "NEW_VALUE"}
HEAD = """\
from typing import Annotated, Any, Literal

from minidata import Row, Source, Stream
from pydantic import AliasPath, AwareDatetime, Field
"""
TAIL = """

source = Source("shop", "https://api.example.com", [Stream("orders", "/orders", Order)])
"""


def file_of(classes: str) -> str:
    """A file with *classes*, of which Order is the Row of its one Stream."""
    apart = "\n\n" if classes.lstrip().startswith("class ") else "\n"
    return f"{HEAD}{apart}{classes.strip()}\n{TAIL}"


def exact(records: Records) -> list[Any]:
    """*records* as they come out of a body."""
    found: list[Any] = parse(json.dumps(records).encode())
    return found


def seen(row: type[BaseModel], *pages: Records, shapes: bool = False) -> Seen:
    """What is in *pages*, which are called 1, 2 and so on."""
    total = Seen()
    for number, records in enumerate(pages, start=1):
        total.absorb(seen_in(exact(records), outline_of(row), str(number), shapes=shapes))
    return total


def drift_in(row: type[BaseModel], *pages: Records, values: bool = False) -> dict[tuple[str, str], Drift]:
    """What differs, by code and pointer."""
    return {(one.code, one.pointer): one for one in drifts(seen(row, *pages), outline_of(row), values=values)}


def remarked(stream: Stream, records: Records) -> set[tuple[str, str]]:
    """What differs in *records*, as they came out of a body, and is not ignored by *stream*: codes and pointers."""
    outline = outline_of(stream.row)
    found = seen_in(records, outline, "1")
    overlook(found, stream.ignored)
    return {(one.code, one.pointer) for one in not_ignored(drifts(found, outline), stream.ignored)}


def told(row: type[BaseModel], *pages: Records) -> dict[tuple[str, str], tuple[int, int]]:
    """How often what differs was seen, and of how many."""
    return {where: (one.times, one.of) for where, one in drift_in(row, *pages).items()}


def patch(text: str, *pages: Records) -> Patched:
    """What becomes of the file *text* for *pages* of records of each of its Streams."""
    changes = Changes()
    for stream in source_in(text).streams:
        changes.add(seen(stream.row, *pages, shapes=True), outline_of(stream.row), stream.keys)
    return patched(text, changes)


def orders(text: str) -> Stream:
    """The one Stream that the file *text* defines."""
    (stream,) = source_in(text).streams
    return stream


def left(text: str, *pages: Records) -> Mapping[tuple[str, str], Drift]:
    """What of it a patch should have taken away; a field of the key may not be null."""
    stream = orders(text)
    keys = {("NULL", f"{stream.row.__name__}.{key}") for key in stream.keys}
    found = drift_in(stream.row, *pages)
    return {where: one for where, one in found.items() if one.code in PATCHED and (one.code, one.about) not in keys}
