"""
A record's own JSON, cut out of its page as it stands there: nothing is read into values, so nothing can change.

For people to look at. What is loaded is read by payload.py, which knows the same records at the same places.
"""

import re
from collections.abc import Iterator
from json.decoder import JSONDecoder

from minidata.core.bodies.payload import is_place

# Digits stay text: there may be more of them than Python reads.
_DECODER = JSONDecoder(strict=False, parse_int=str, parse_float=str)
_SPACE = re.compile(r"[ \t\r\n]*")


def record_text(body: bytes, path: str, place: int, *, lines: bool) -> str | None:
    """
    Return the text of the record at *place* (from 0) of the list at the dotted *path* of *body*; None if there is none.

    With *lines* each line that is not blank is a record (ndjson).
    """
    if lines:
        found = [line for line in body.split(b"\n") if line.strip()]
        return found[place].decode(errors="replace").strip() if place < len(found) else None
    text = body.decode("utf-8-sig", errors="replace")
    try:
        return _record(text, path.split(".") if path else [], place)
    except (ValueError, RecursionError):
        return None


def _record(text: str, steps: list[str], place: int) -> str | None:
    at = _skip(text, 0)
    for step in steps:
        begins = _begins(text, at)
        if text[at : at + 1] == "[":
            numbered = list(begins.values())
            number = int(step) if is_place(step) else len(numbered)
            if not -len(numbered) <= number < len(numbered):
                return None
            at = numbered[number]
        elif step in begins:
            at = begins[step]
        else:
            return None
    if text[at : at + 1] == "[":
        found = _begins(text, at).get(str(place))
        return None if found is None else _cut(text, found)
    return _cut(text, at) if place == 0 else None


def _begins(text: str, at: int) -> dict[str, int]:
    """Return where the values in the object or list at *at* begin, by their names or places; of two the last one."""
    return dict(_inside(text, at))


def _inside(text: str, at: int) -> Iterator[tuple[str, int]]:
    opening = text[at : at + 1]
    if opening not in {"{", "["}:
        return
    closing = "}" if opening == "{" else "]"
    at = _skip(text, at + 1)
    count = 0
    while text[at : at + 1] not in {closing, ""}:
        name = str(count)
        if opening == "{":
            name, at = _DECODER.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        yield name, at
        at = _skip(text, _end(text, at))
        at = _skip(text, at + 1) if text[at : at + 1] == "," else at
        count += 1


def _cut(text: str, at: int) -> str:
    return text[at : _end(text, at)]


def _end(text: str, at: int) -> int:
    return int(_DECODER.raw_decode(text, at)[1])


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
