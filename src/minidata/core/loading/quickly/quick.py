"""
Pages prepared quickly: records that match a layout are taken out, the rest is read the plain way.

Each match leaves a mark in its place. What is left is a small page, and is read as the plain way reads any page: so
whatever is wrong around the records is found as ever, and a record that matches no layout is checked as ever. Only
when the marks come out where the records should be, all of them, were the matches records, and nothing else.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from minidata.core.bodies.payload import MAX_BODY, PayloadError, parse, records_in_lines, records_of
from minidata.core.loading.encoding import Lines, merged
from minidata.core.loading.quickly.layout import Layout, Taken, Wanted, layout_of
from minidata.core.loading.quickly.patterns import COMPACT, SPACED, NoLayout
from minidata.core.source import Stream

_MARK = "minidata:"
_SPELT_OTHERWISE = re.compile("|".join(rf"\\u{ord(sign):04x}" for sign in f"{_MARK}0123456789"), re.IGNORECASE)
# A layout takes some milliseconds to learn, as long as the plain way takes for so many bytes.
_WORTH = 2**18
_MOST_LAYOUTS = 4
_SAMPLES = 50
# Where a larger share of the records is left, there is something to learn.
_LEFT = 0.25
# So many more records left than taken say that it is not worth while.
_MOST_IN_VAIN = 5_000


class Prompt(NamedTuple):
    """
    A page less the records that are *lines* already.

    *records* are as the plain way reads them, and those at the places *left* are not done yet; instead of all others
    there is something else.
    """

    records: list[Any]
    left: Sequence[int]
    lines: Lines


class Quick:
    """
    Takes records out of pages of *stream*, once it has seen *worth* bytes of them.

    What it has seen decides how much it takes, and never what becomes of a record.
    """

    def __init__(self, stream: Stream, worth: int = _WORTH) -> None:
        self._in_lines = stream.format == "ndjson"
        self._path = stream.records
        self._worth = worth
        self._layouts: tuple[Layout, ...] = ()
        self._lessons = _MOST_LAYOUTS
        self._in_vain = 0
        try:
            self._wanted: Wanted | None = Wanted.of(stream)
        except NoLayout:
            self._wanted = None

    def prompt(self, body: bytes) -> Prompt | None:
        """Return what can be had quickly of *body*; None when that is nothing, or is not certain."""
        self._worth -= len(body)
        if self._wanted is None or self._worth > 0 or self._in_vain > _MOST_IN_VAIN or len(body) > MAX_BODY:
            return None
        try:
            found = self._prompt(self._wanted, body.decode())
        except ValueError:
            # No page, or a value that does not fit: the plain way says what becomes of it.
            self._in_vain += _SAMPLES
            return None
        self._in_vain += 2 * len(found.left) - len(found.records)
        return found if found.lines.texts else None

    def _prompt(self, wanted: Wanted, text: str) -> Prompt:
        taken: list[Taken] = []
        rest = text
        for layout in self._layouts:
            rest = _take(layout, rest, taken)
        records = self._records(rest)
        if self._lessons and self._learns(wanted, text, records):
            rest = _take(self._layouts[-1], rest, taken)
            records = self._records(rest)
        if rest.count(_MARK) != sum(found.matches for found in taken) or _SPELT_OTHERWISE.search(rest):
            raise ValueError("something could be taken for a mark")
        if self._in_lines and any(isinstance(record, PayloadError) for record in records):
            raise ValueError("a line that cannot be read")
        return _told(self._layouts, taken, records)

    def _records(self, text: str) -> list[Any]:
        body = text.encode()
        return records_in_lines(body) if self._in_lines else records_of(parse(body), self._path)

    def _learns(self, wanted: Wanted, text: str, records: Sequence[Any]) -> bool:
        """Whether there is another layout now, learned from those of *records* that are left of *text*."""
        left = [record for record in records if isinstance(record, dict)]
        if len(left) <= _LEFT * len(records):
            return False
        self._lessons -= 1
        after_colon = text.find('":') + 2
        try:
            layout = layout_of(wanted, left[:_SAMPLES], SPACED if text[after_colon] == " " else COMPACT)
        except NoLayout:
            return False
        self._layouts = (*self._layouts, layout)
        return True


_KNOWN: dict[Any, Quick] = {}


def quick_of(stream: Stream) -> Quick:
    """Return what prepares the pages of *stream* quickly in this process."""
    told = (stream.row, stream.keys, stream.mode, stream.records, stream.format, repr(stream.deleted))
    if told not in _KNOWN:
        _KNOWN[told] = Quick(stream)
    return _KNOWN[told]


def _mark(number: int) -> str:
    return f"{_MARK}{number}"


def _take(layout: Layout, text: str, taken: list[Taken]) -> str:
    """Take what matches *layout* out of *text*, put it behind *taken*, and return the rest."""
    found = layout.take(text, f'"{_mark(len(taken))}"')
    taken.append(found)
    return found.rest


def _told(layouts: Sequence[Layout], taken: Sequence[Taken], records: list[Any]) -> Prompt:
    """Return what was *taken*, by the *layouts*; raise ValueError when it was no records, or does not fit."""
    lines: list[Lines] = []
    for number, (layout, found) in enumerate(zip(layouts, taken, strict=True)):
        mark = _mark(number)
        places = [place for place, record in enumerate(records) if record == mark]
        if len(places) != found.matches:
            raise ValueError("something that looks like a record is none")
        if places:
            lines.append(layout.lines(found, places))
    together = merged(lines)
    if len(together.places) == len(records):
        return Prompt(records, (), together)
    done = set(together.places)
    return Prompt(records, [place for place in range(len(records)) if place not in done], together)
