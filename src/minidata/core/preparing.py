"""From a page's bytes to what a Load writes: pure, and so the same wherever and however often it is done."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from minidata.core.checking import Checked, Rejected, checker_of, has_nul, rejected_body
from minidata.core.encoding import Lines, Unencodable, lines
from minidata.core.payload import PayloadError, parse, records_in_lines, records_of
from minidata.core.runs import Page
from minidata.core.source import Stream

# How JSON spells a NUL character: a body without it needs no second look. (A raw one is no JSON.)
_NUL = b"\\u0000"
# A B-tree refuses entries beyond 2704 bytes; a text of so many characters may have as many bytes.
_MAX_KEY = 2600
_SHORT_KEY = _MAX_KEY // 4


@dataclass(frozen=True, slots=True)
class Prepared:
    """
    A page, ready to be loaded. *fetched* counts its records, *quarantined* those that do not fit.

    A body that cannot be read counts as one record that does not fit.
    """

    page: Page
    fetched: int
    quarantined: int
    rejected: tuple[Rejected, ...]
    lines: Lines

    @property
    def kept(self) -> int:
        """How many records become rows."""
        return len(self.lines.texts)


def prepare(stream: Stream, page: Page, body: bytes) -> Prepared:
    """
    Parse, check and encode one page of *stream*; never raises for what the body holds.

    What *page* calls repeated counts as fetched, and is neither loaded nor quarantined again.
    """
    try:
        records = records_in_lines(body) if stream.format == "ndjson" else records_of(parse(body), stream.records)
    except PayloadError as error:
        return _prepared(stream, page, 1, rejected_body(error))
    records = _with_context(records, page.context)
    checked = _checked(stream, page, records, suspicious=_NUL in body or has_nul(page.context))
    return _prepared(stream, page, len(records), _without_long_keys(stream, checked))


def without_repeated(pages: Iterable[Prepared]) -> list[Prepared]:
    """Return *pages* (of one Run, in order) less every record whose key comes again: the last one stays."""
    found = list(pages)
    keys = [key for page in found for key in page.lines.keys]
    if len(set(keys)) == len(keys):
        return found
    last = {key: index for index, key in enumerate(keys)}
    start, kept = 0, []
    for page in found:
        losers = {i for i, key in enumerate(page.lines.keys) if last[key] != start + i}
        start += len(page.lines.keys)
        kept.append(replace(page, lines=page.lines.without(losers)) if losers else page)
    return kept


def batches(pages: Iterable[Prepared], *, records: int) -> Iterator[list[Prepared]]:
    """Group *pages*, in order, into lists of about *records* records; never an empty list."""
    batch: list[Prepared] = []
    size = 0
    for page in pages:
        batch.append(page)
        size += page.fetched
        if size >= records:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _with_context(records: list[Any], context: Mapping[str, Any]) -> list[Any]:
    """Return *records* with the fields of *context*, where a record has none of that name itself."""
    if not context:
        return records
    return [{**context, **record} if isinstance(record, dict) else record for record in records]


def _checked(stream: Stream, page: Page, records: list[Any], *, suspicious: bool) -> Checked:
    """Check those of *records* that *page* does not repeat; a line that could not be read is a PayloadError there."""
    unread = {place: error for place, error in enumerate(records) if isinstance(error, PayloadError)}
    passed_over = unread.keys() | set(page.repeated)
    checker = checker_of(stream.row)
    if not passed_over:
        return checker.check(records, suspicious=suspicious)
    places = [place for place in range(len(records)) if place not in passed_over]
    found = checker.check([records[place] for place in places], suspicious=suspicious)
    cut = (Rejected(at, error.code, "", str(error)) for at, error in unread.items() if at not in page.repeated)
    others = (replace(reason, record=places[reason.record]) for reason in found.rejected if reason.record is not None)
    return Checked(found.rows, [places[index] for index in found.places], (*cut, *others))


def _prepared(stream: Stream, page: Page, fetched: int, checked: Checked) -> Prepared:
    keys = stream.keys if stream.merges else ()
    try:
        encoded = lines(checked.rows, checked.places, stream.columns, keys)
    except Unencodable:
        checked = _encodable(stream, checked)
        encoded = lines(checked.rows, checked.places, stream.columns, keys)
    return Prepared(page, fetched, checked.quarantined, checked.rejected, encoded)


def _encodable(stream: Stream, checked: Checked) -> Checked:
    """Reject the rows that cannot be encoded, each by itself."""
    reasons: dict[int, Rejected] = {}
    for index, (row, place) in enumerate(zip(checked.rows, checked.places, strict=True)):
        try:
            lines([row], [place], stream.columns, ())
        except Unencodable as error:
            reasons[index] = Rejected(place, error.code, "", str(error))
    return _less(checked, reasons)


def _less(checked: Checked, reasons: Mapping[int, Rejected]) -> Checked:
    """Return *checked* with the rows at the positions of *reasons* rejected."""
    kept = [index for index in range(len(checked.rows)) if index not in reasons]
    return Checked(
        [checked.rows[index] for index in kept],
        [checked.places[index] for index in kept],
        (*checked.rejected, *reasons.values()),
    )


def _without_long_keys(stream: Stream, checked: Checked) -> Checked:
    """Reject the rows whose key no index can hold."""
    names = [column.name for column in stream.columns if column.name in stream.keys and column.type == "text"]
    if not stream.merges or not names:
        return checked
    long = [i for i, row in enumerate(checked.rows) if sum(len(str(row[name])) for name in names) > _SHORT_KEY]
    long = [i for i in long if sum(len(str(checked.rows[i][name]).encode()) for name in names) > _MAX_KEY]
    message = f"a key may have {_MAX_KEY} bytes"
    return _less(checked, {i: Rejected(checked.places[i], "KEY_TOO_LONG", f"/{names[0]}", message) for i in long})
