"""
From a body's bytes to its records, exactly.

Numbers keep every digit (integers as int, all others as Decimal), a key that comes twice is refused and not
overwritten, and whatever is not JSON (RFC 8259) in UTF-8 is refused with a code and the place.
"""

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import jiter

from minidata.core.wording import excerpt

MAX_DEPTH = 100
# A line of COPY ends at 1 GiB, and escapes may double a body.
MAX_BODY = 400 * 2**20
_BOM = b"\xef\xbb\xbf"
# jiter follows 200 levels: a body in so many lists is read at once only when it has no more than MAX_DEPTH of its own.
_LISTS = 200 - MAX_DEPTH + 1
# Python refuses to read integers of more digits.
_MOST_DIGITS = 4300
_INDEX = re.compile(r"-?[0-9]{1,9}\Z")
_NONFINITE = re.compile(rb"[:\[,\s]-?(NaN|Infinity)\b")
_TEXTS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")
_REASONS = (
    ("recursion limit", "TOO_DEEP"),
    ("Detected duplicate key", "DUPLICATE_KEY"),
    ("number out of range", "NUMBER_TOO_LONG"),
    ('Internal error: "InvalidOperation', "OUT_OF_RANGE"),
    ("unexpected end of hex escape", "LONE_SURROGATE"),
    ("lone leading surrogate", "LONE_SURROGATE"),
)


class PayloadError(ValueError):
    """A body, or a value in it, that cannot be read; *code* says why, as in the quarantine."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def parse(body: bytes) -> Any:
    """Return the JSON document in *body*; raise PayloadError when it is none."""
    body = without_bom(body)
    try:
        document = _by_jiter(b"[" * _LISTS + body + b"]" * _LISTS)
        for _ in range(_LISTS):
            # A body that closes one of the lists has to begin another one beside it.
            (document,) = document
    except ValueError:
        return _explicitly(body)
    else:
        return document


def _explicitly(body: bytes) -> Any:
    try:
        document = _by_jiter(body)
    except ValueError as exc:
        raise _explained(body, str(exc)) from None
    check_depth(body)
    return document


def _by_jiter(body: bytes) -> Any:
    return jiter.from_json(body, float_mode="decimal", catch_duplicate_keys=True, allow_inf_nan=False)


def without_bom(body: bytes) -> bytes:
    """Return *body* less its byte order mark; raise PayloadError for one that is too large to be loaded."""
    if len(body) > MAX_BODY:
        raise PayloadError("TOO_LARGE", f"a body may have {MAX_BODY // 2**20} MiB")
    return body.removeprefix(_BOM)


def check_depth(body: bytes) -> None:
    """Raise PayloadError when the JSON in *body* is nested more than MAX_DEPTH levels deep."""
    depth = 0
    for sign in _BRACKETS.findall(_TEXTS.sub(b"", body)):
        depth += 1 if sign in b"[{" else -1
        if depth > MAX_DEPTH:
            raise PayloadError("TOO_DEEP", f"nested more than {MAX_DEPTH} levels deep")


def read(body: bytes) -> tuple[Any, str]:
    """
    Return the document in *body*, and what is wrong with it when it can be read only loosely ("" for nothing).

    A page in which a key comes twice is for the Load to reject; it does say which page is next, though, and so the
    pages after it are not lost. Raises PayloadError for what is no JSON at all.
    """
    try:
        return parse(body), ""
    except PayloadError as exc:
        try:
            return json.loads(body, parse_int=_integer, parse_float=_fraction), f"{exc.code}: {excerpt(str(exc))}"
        except (ValueError, RecursionError):
            raise exc from None


def _integer(text: str) -> int | Decimal:
    return int(text) if len(text) <= _MOST_DIGITS else Decimal(text)


def _fraction(text: str) -> Decimal | float:
    try:
        return Decimal(text)
    except InvalidOperation:
        return float(text)


def records_of(document: Any, path: str) -> list[Any]:
    """
    Return the records at the dotted *path* of *document*; "" is the document itself.

    A list is the records, an object is one record, anything else is refused: PayloadError WRONG_ENVELOPE.
    """
    found = at_path(document, path)
    if isinstance(found, list):
        return found
    if isinstance(found, dict):
        return [found]
    where = f"at {path!r}" if path else "in the body"
    raise PayloadError("WRONG_ENVELOPE", f"no list of records {where}")


def records_in_lines(body: bytes, read_line: Callable[[bytes], Any] = parse) -> list[Any]:
    """
    Return the record in each line of *body* (ndjson), blank lines left out.

    A line that is no JSON is a PayloadError in its place, and holds up no other. Only a newline ends a line.
    """
    return [_record_in(line, read_line) for line in body.split(b"\n") if line.strip()]


def _record_in(line: bytes, read_line: Callable[[bytes], Any]) -> Any:
    try:
        return read_line(line)
    except PayloadError as error:
        return error


def with_context(records: list[Any], context: Mapping[str, Any]) -> list[Any]:
    """Return *records* with the fields of *context*, where a record has none of that name itself."""
    if not context:
        return records
    return [{**context, **record} if isinstance(record, dict) else record for record in records]


def at_path(document: Any, path: str) -> Any:
    """
    Return what is at the dotted *path* of *document*; None where the path leads nowhere.

    A step into a list is a place in it, counted from 0, or from the end: ``data.-1.id``.
    """
    for step in path.split(".") if path else ():
        if isinstance(document, dict):
            document = document.get(step)
        elif isinstance(document, list) and is_place(step) and -len(document) <= int(step) < len(document):
            document = document[int(step)]
        else:
            return None
    return document


def is_place(step: str) -> bool:
    """Return whether *step* of a path may be a place in a list."""
    return bool(_INDEX.match(step))


def _explained(body: bytes, message: str) -> PayloadError:
    if not body.strip():
        return PayloadError("EMPTY", "the body is empty")
    try:
        body.decode()
    except UnicodeDecodeError as exc:
        return PayloadError("NOT_UTF8", f"not UTF-8 at byte {exc.start}")
    for sign, code in _REASONS:
        if message.startswith(sign):
            return PayloadError(code, message)
    if _NONFINITE.search(body) and _reads_with_nonfinite(body):
        return PayloadError("NONFINITE", "NaN or Infinity, which JSON does not have")
    return PayloadError("NOT_JSON", message)


def _reads_with_nonfinite(body: bytes) -> bool:
    try:
        jiter.from_json(body, float_mode="decimal", allow_inf_nan=True)
    except ValueError:
        return False
    return True
