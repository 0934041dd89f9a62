"""
From a body's bytes to its records, exactly.

Numbers keep every digit (integers as int, all others as Decimal), a key that comes twice is refused and not
overwritten, and whatever is not JSON (RFC 8259) in UTF-8 is refused with a code and the place.
"""

import re
from typing import Any

import jiter

_BOM = b"\xef\xbb\xbf"
_NONFINITE = re.compile(rb"[:\[,\s]-?(NaN|Infinity)\b")
_REASONS = (
    ("recursion limit", "TOO_DEEP"),
    ("duplicate key", "DUPLICATE_KEY"),
    ("number out of range", "NUMBER_TOO_LONG"),
    ("InvalidOperation", "OUT_OF_RANGE"),
    ("hex escape", "LONE_SURROGATE"),
    ("surrogate", "LONE_SURROGATE"),
)


class PayloadError(ValueError):
    """A whole body that cannot be read; *code* says why, as in the quarantine."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def parse(body: bytes) -> Any:
    """Return the JSON document in *body*; raise PayloadError when it is none."""
    body = body.removeprefix(_BOM)
    try:
        return jiter.from_json(body, float_mode="decimal", catch_duplicate_keys=True, allow_inf_nan=False)
    except ValueError as exc:
        raise _explained(body, str(exc)) from None


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


def records_in_lines(body: bytes) -> list[Any]:
    """
    Return the record in each line of *body* (ndjson), blank lines left out.

    A line that is no JSON is a PayloadError in its place, and holds up no other. Only a newline ends a line.
    """
    return [_record_in(line) for line in body.split(b"\n") if line.strip()]


def _record_in(line: bytes) -> Any:
    try:
        return parse(line)
    except PayloadError as error:
        return error


def at_path(document: Any, path: str) -> Any:
    """Return what is at the dotted *path* of *document*; None where the path leads nowhere."""
    for step in path.split(".") if path else ():
        if isinstance(document, dict):
            document = document.get(step)
        elif isinstance(document, list) and step.isdecimal() and int(step) < len(document):
            document = document[int(step)]
        else:
            return None
    return document


def _explained(body: bytes, message: str) -> PayloadError:
    if not body.strip():
        return PayloadError("EMPTY", "the body is empty")
    try:
        body.decode()
    except UnicodeDecodeError as exc:
        return PayloadError("NOT_UTF8", f"not UTF-8 at byte {exc.start}")
    for sign, code in _REASONS:
        if sign in message:
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
