"""From a page's bytes to what a Load writes: pure, and so the same wherever and however often it is done."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from minidata.core.bodies.apart import parse_apart
from minidata.core.bodies.payload import PayloadError, at_path, records_in_lines, records_of, with_context
from minidata.core.fitting.checking import (
    Checked,
    Checker,
    Fields,
    Rejected,
    checker_of,
    has_nul,
    key_checker_of,
    rejected_body,
)
from minidata.core.loading.encoding import MAX_KEY, NO_LINES, SHORT_KEY, Lines, Unencodable, lines, merged
from minidata.core.loading.quickly.quick import Prompt, Quick, quick_of
from minidata.core.runs import Page
from minidata.core.source import Deleted, Stream
from minidata.core.tables import tables_of

# How JSON spells a NUL character: a body without it needs no second look. (A raw one is no JSON.)
_NUL = b"\\u0000"
_OF_ANY_LENGTH = frozenset({"text", "bytea", "numeric"})


@dataclass(frozen=True, slots=True)
class Prepared:
    """
    A page, ready to be loaded: what became of its records, and the lines of those that fit.

    *fetched* counts its records, *quarantined* those that do not fit; a body that cannot be read counts as one.
    *loaded* are the others, less those whose key comes again later in the page, and those that the page repeats. *rows*
    are the lines of the Stream's table, *children* those of the tables behind it, as `tables_of` has them. *gone* are
    the records that announce deletes, as lines of the Stream's table with nothing but the key in them.
    """

    page: Page
    fetched: int
    loaded: int
    quarantined: int
    rejected: tuple[Rejected, ...]
    rows: Lines
    children: tuple[Lines, ...] = ()
    gone: Lines = NO_LINES

    @property
    def kept(self) -> int:
        """How many records have a line to be loaded."""
        return len(self.rows.texts) + len(self.gone.texts)

    def without(self, losers: Collection[int]) -> "Prepared":
        """Return this less the lines of the records at the places *losers*; what became of them stays as it is."""
        children = tuple(lines.without(losers) for lines in self.children)
        return replace(self, rows=self.rows.without(losers), children=children, gone=self.gone.without(losers))


def prepare(stream: Stream, page: Page, body: bytes, *, quick: Quick | None = None) -> Prepared:
    """
    Parse, check and encode one page of *stream*; never raises for what the body holds.

    What *page* calls repeated counts as fetched, and is neither loaded nor quarantined again.
    """
    found = None if page.repeated or page.context else (quick or quick_of(stream)).prompt(body)
    if found is None:
        return prepare_plainly(stream, page, body)
    return _prepared(stream, page, found, suspicious=bool(found.left) and _NUL in body)


def prepare_plainly(stream: Stream, page: Page, body: bytes) -> Prepared:
    """Do the same by reading, checking and encoding each record: the rule for whatever core/loading/quickly does."""
    try:
        records = _records_in(stream, body)
    except PayloadError as error:
        rejected = rejected_body(error).rejected
        return Prepared(page, fetched=1, loaded=0, quarantined=1, rejected=rejected, rows=NO_LINES)
    records = with_context(records, page.context)
    found = Prompt(records, range(len(records)), NO_LINES)
    return _prepared(stream, page, found, suspicious=_NUL in body or has_nul(page.context))


def _records_in(stream: Stream, body: bytes) -> list[Any]:
    if stream.format == "ndjson":
        return records_in_lines(body, parse_apart)
    return records_of(parse_apart(body), stream.records)


def without_repeated(pages: Iterable[Prepared]) -> list[Prepared]:
    """Return *pages* (of one Run, in order) less the lines of each record whose key comes again: the last one stays."""
    found = list(pages)
    all_keys = [key for page in found for lines in (page.rows, page.gone) for key in lines.keys]
    if len(set(all_keys)) == len(all_keys):
        return found
    keyed = [
        (key, (index, place))
        for index, page in enumerate(found)
        for lines in (page.rows, page.gone)
        for key, place in zip(lines.keys, lines.places, strict=bool(lines.keys))
    ]
    last: dict[Any, tuple[int, int]] = dict(keyed)
    losers: dict[int, set[int]] = {}
    for key, at in keyed:
        earlier, last[key] = sorted((last[key], at))
        if earlier != last[key]:
            losers.setdefault(earlier[0], set()).add(earlier[1])
    return [page.without(losers.get(index, ())) for index, page in enumerate(found)]


def _prepared(stream: Stream, page: Page, found: Prompt, *, suspicious: bool) -> Prepared:
    records = found.records
    repeated = set(page.repeated)
    places = [place for place in found.left if place not in repeated]
    leaving = {place for place in places if stream.deleted and _announces(records[place], stream.deleted)}
    staying = [place for place in places if place not in leaving]
    checked = _checked(records, staying, checker_of(stream.row), suspicious=suspicious)
    checked = _without_long_keys(stream, checked)
    try:
        rows, *children = _encoded(stream, checked)
    except Unencodable:
        checked = _encodable(stream, checked)
        rows, *children = _encoded(stream, checked)
    gone, unknown = _gone(stream, records, sorted(leaving), suspicious=suspicious)
    rejected = (*checked.rejected, *unknown)
    rows = merged([found.lines, rows])
    prepared = without_repeated([Prepared(page, len(records), 0, 0, rejected, rows, tuple(children), gone)])[0]
    quarantined = len({reason.record for reason in rejected})
    return replace(prepared, loaded=prepared.kept, quarantined=quarantined)


def _announces(record: Any, deleted: Deleted) -> bool:
    found = at_path(record, deleted.field)
    return bool(found) if deleted.equals is True else type(found) is type(deleted.equals) and found == deleted.equals


def _gone(
    stream: Stream, records: list[Any], places: list[int], *, suspicious: bool
) -> tuple[Lines, tuple[Rejected, ...]]:
    """Return the lines of the records that announce deletes, and the reasons of those without a key that fits."""
    if not places:
        return NO_LINES, ()
    checked = _checked(records, places, key_checker_of(stream.row, stream.keys), suspicious=suspicious)
    checked = _without_long_keys(stream, checked)
    blank = dict.fromkeys(column.name for column in stream.columns)
    columns = [replace(column, nullable=True) for column in stream.columns]
    found = lines([{**blank, **row} for row in checked.rows], checked.places, columns, stream.keys)
    return found, checked.rejected


def _checked(records: list[Any], places: list[int], checker: Checker, *, suspicious: bool) -> Checked:
    """Check the records at *places*; a line that could not be read is a PayloadError there."""
    unread = {place: found for place in places if isinstance(found := records[place], PayloadError)}
    if not unread and len(places) == len(records):
        return checker.check(records, suspicious=suspicious)
    places = [place for place in places if place not in unread]
    found = checker.check([records[place] for place in places], suspicious=suspicious)
    cut = (Rejected(place, error.code, "", str(error)) for place, error in unread.items())
    others = (replace(reason, record=places[reason.record]) for reason in found.rejected if reason.record is not None)
    return Checked(found.rows, [places[index] for index in found.places], (*cut, *others))


def _encoded(stream: Stream, checked: Checked) -> Iterator[Lines]:
    """Yield the lines of each of the Stream's tables; raise Unencodable for what Postgres would refuse."""
    root, *children = tables_of(stream)
    yield lines(checked.rows, checked.places, root.columns, stream.keys if stream.merges else ())
    for table in children:
        names = [column.name for column in table.links]
        rows: list[Fields] = []
        places: list[int] = []
        for row, place in zip(checked.rows, checked.places, strict=True):
            above = [row[key] for key in stream.keys] if stream.merges and stream.writes != "history" else []
            items = [{**item, **dict(zip(names, links, strict=True))} for item, links in _items(row, table.path, above)]
            rows += items
            places += [place] * len(items)
        yield lines(rows, places, table.columns, ())


def _items(row: Fields, path: Sequence[str], links: Sequence[Any]) -> Iterator[tuple[Fields, Sequence[Any]]]:
    """Yield what is in the lists at *path* of *row*, each with the values of its links."""
    field, *deeper = path
    for position, item in enumerate(row[field] or ()):
        fields = item if isinstance(item, dict) else vars(item)
        here = (*links, position)
        if deeper:
            yield from _items(fields, deeper, here)
        else:
            yield fields, here


def _encodable(stream: Stream, checked: Checked) -> Checked:
    """Reject the rows that cannot be encoded, each by itself."""
    return _less(checked, dict(_unencodable(stream, checked, range(len(checked.rows)))))


def _unencodable(stream: Stream, checked: Checked, among: range) -> Iterator[tuple[int, Rejected]]:
    """Yield those *among* the rows that cannot be encoded, by their positions: half of them is tried at a time."""
    try:
        list(
            _encoded(stream, Checked(checked.rows[among.start : among.stop], checked.places[among.start : among.stop]))
        )
    except Unencodable as error:
        if len(among) == 1:
            yield among.start, Rejected(checked.places[among.start], error.code, "", str(error))
            return
        half = len(among) // 2
        yield from _unencodable(stream, checked, among[:half])
        yield from _unencodable(stream, checked, among[half:])


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
    kinds = {column.name: column.type.partition("(")[0] for column in stream.columns}
    names = [name for name in kinds if name in stream.keys and kinds[name] in _OF_ANY_LENGTH]
    if not stream.merges or not names:
        return checked
    long = [i for i, row in enumerate(checked.rows) if sum(len(str(row[name])) for name in names) > SHORT_KEY]
    long = [i for i in long if sum(_bytes_of(checked.rows[i][name]) for name in names) > MAX_KEY]
    message = f"a key may have {MAX_KEY} bytes"
    return _less(checked, {i: Rejected(checked.places[i], "KEY_TOO_LONG", f"/{names[0]}", message) for i in long})


def _bytes_of(value: Any) -> int:
    return len(value if isinstance(value, bytes) else str(value).encode())
