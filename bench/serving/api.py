"""
An API with pages that differ: ``/PAGES/RECORDS/KIND`` has so many pages of so many records, asked for by KIND.

    total   by number, and each says how many records there are
    number  by number, until an empty one
    offset  by how many records to skip, until an empty one
    cursor  by the token that the page before gave
    next    by the address that the page before gave

A page is made of one that lies ready, by putting its number where its records' ids have it. All records are equally
long, so each digit is one assignment to a slice: a page of 1,000 records, 275 KB, takes less than a tenth of a
millisecond.
"""

from functools import cache

import orjson

from bench.serving.wire import Request, Response

# The id of the first record of page 0; an id is ten thousand times the page's number, and the record's place.
_FIRST = 10_000_000_000
_JSON = {"Content-Type": "application/json"}


class Api:
    """An API that keeps nothing: its pages are told by their addresses."""

    def answer(self, request: Request) -> Response:
        """Return the page that *request* is for; one behind the last is empty."""
        pages, records, kind = request.path.strip("/").split("/")
        number, last = _number(request.query, kind, int(records)), int(pages)
        about = _about(request, kind, number, last, int(records))
        data = _data(int(records), number) if number <= last else b"[]"
        return Response([about[:-1], b',"data":', data, b"}"], headers=_JSON)


def _number(query: dict[str, str], kind: str, records: int) -> int:
    """Return the page's number, from 1 on."""
    match kind:
        case "offset":
            return int(query.get("offset", "0")) // records + 1
        case "cursor":
            return int(query.get("cursor", "page-1").removeprefix("page-"))
        case _:
            return int(query.get("page", "1"))


def _about(request: Request, kind: str, number: int, last: int, records: int) -> bytes:
    """Return what a page says beside its records."""
    more = number < last
    match kind:
        case "total":
            about: dict[str, object] = {"total": last * records}
        case "cursor":
            about = {"next_cursor": f"page-{number + 1}" if more else None}
        case "next":
            here = f"http://{request.headers['host']}{request.path}"
            about = {"next": f"{here}?page={number + 1}" if more else None}
        case _:
            about = {}
    return orjson.dumps({"page": number, **about})


def _data(records: int, number: int) -> bytes | bytearray:
    """Return the records of page *number*."""
    template, length = _template(records)
    data = bytearray(template)
    at = template.index(b"%d" % _FIRST)
    for place, digit in enumerate(b"%07d" % (_FIRST // 10_000 + number), start=at):
        data[place::length] = bytes([digit]) * records
    return data


@cache
def _template(records: int) -> tuple[bytes, int]:
    """Return so many records, and how many bytes one of them takes."""
    data = orjson.dumps([_record(_FIRST + place) for place in range(records)])
    return data, len(orjson.dumps(_record(_FIRST))) + len(",")


def _record(number: int) -> dict[str, object]:
    """Return a record, 275 bytes long."""
    item = {"product_id": 1, "quantity": 2, "unit_price": 3.25}
    return {
        "id": number,
        "customer_id": 17,
        "status": "delivered",
        "ordered_at": "2026-01-01T09:30:00Z",
        "updated_at": "2026-01-02T10:00:00Z",
        "total": 19.5,
        "note": "left at the door",
        "items": [item] * 2,
    }
