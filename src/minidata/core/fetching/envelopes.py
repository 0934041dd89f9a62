"""Answers with a good status that are errors all the same: what a Source's ErrorIf means."""

from typing import Any

from minidata.core.bodies.payload import PayloadError, at_path, parse
from minidata.core.source import ErrorIf


def error_in(error_if: ErrorIf, body: bytes) -> str | None:
    """
    Return what *body* says is wrong, as the end of a sentence; None when it is no error.

    A body that cannot be read is none of this rule's errors. What is returned is the API's own words: it may have
    secrets and control characters in it.
    """
    try:
        document = parse(body)
    except PayloadError:
        return None
    found = at_path(document, error_if.field)
    if not _is_error(found, error_if.equals):
        return None
    message = at_path(document, error_if.message) if error_if.message else found
    return f"an error ({error_if.field} is {found})" if message is None else f"an error: {message}"


def _is_error(found: Any, equals: Any) -> bool:
    if equals is True:
        return bool(found)
    # To Python, False is 0; to an API it is not.
    return bool(found == equals) and isinstance(found, bool) == isinstance(equals, bool)
