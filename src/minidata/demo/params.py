"""The parameters of a query, checked, and the refusal of what will not do."""

import base64
import re
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from urllib.parse import parse_qsl

from minidata.demo.records import START

DEFAULT_SIZE = 100
MAX_SIZE = 1_000

_WHOLE = re.compile(r"[0-9]{1,12}\Z")


class Refused(Exception):
    """A request that gets an error for an answer."""

    def __init__(self, status: HTTPStatus, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers or {}


class Params:
    """A query's parameters, taken one by one; `done` says that there must be no others."""

    def __init__(self, query: str) -> None:
        pairs = parse_qsl(query, keep_blank_values=True)
        self._left = dict(pairs)
        if len(self._left) < len(pairs):
            raise bad_parameter("a parameter is given twice")

    def done(self) -> None:
        if self._left:
            raise bad_parameter(f"unknown parameter {next(iter(self._left))!r}")

    def whole(self, name: str, default: int, *, least: int = 1) -> int:
        text = self._left.pop(name, str(default))
        if not _WHOLE.match(text) or int(text) < least:
            raise bad_parameter(f"{name} must be a whole number, {least} or more")
        return int(text)

    def size(self, name: str) -> int:
        size = self.whole(name, DEFAULT_SIZE)
        if size > MAX_SIZE:
            raise bad_parameter(f"{name} must not be more than {MAX_SIZE:,}")
        return size

    def instant(self, name: str) -> datetime | None:
        text = self._left.pop(name, None)
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise bad_parameter(f"{name} must be an ISO 8601 date and time with its zone, such as 2025-02-28T12:00:00Z")
        return max(moment, START)  # nothing is older, and there is room below to reckon in

    def cursor(self, name: str) -> int:
        text = self._left.pop(name, None)
        if text is None:
            return 0
        try:
            kind, place = base64.b64decode(text.encode(), altchars=b"-_", validate=True).decode().split(":")
        except ValueError:
            kind, place = "", ""
        if kind != "place" or not _WHOLE.match(place):
            raise bad_parameter(f"{name} is none that we gave out")
        return int(place)


def cursor_of(place: int) -> str:
    """Return the cursor that `Params.cursor` reads *place* from."""
    return base64.urlsafe_b64encode(f"place:{place}".encode()).decode()


def bad_parameter(message: str) -> Refused:
    """Return the refusal of a query that will not do."""
    return Refused(HTTPStatus.BAD_REQUEST, "bad_parameter", message)
