"""The requests of a Walk: the first one, and the next one as the first with another parameter."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from minidata.core.errors import ConfigError, SourceError
from minidata.core.exchange import Ask
from minidata.core.fetching.addresses import under
from minidata.core.pages import LinkHeader, NextCursor, Offset, PageNumber, Place
from minidata.core.source import Source, Stream

Value = str | int


def first_ask(source: Source, stream: Stream, since: str | None, until: str | None, context: Mapping[str, Any]) -> Ask:
    """
    Return the request that a Walk begins with, less the parameters that say which page it is.

    *since* and *until* are sent as the Stream's Cursor says. Raises SourceError for a *context* that no path can hold,
    ConfigError for a place in the body that is taken.
    """
    params = {name: _filled(value, context) for name, value in stream.params.items()}
    ask = Ask(under(source.base_url, _path(stream, context)), params, stream.method, stream.json)
    cursor = stream.since
    if cursor and since is not None:
        ask = placed(ask, cursor.place, cursor.param, since)
    if cursor and cursor.until and until is not None:
        ask = placed(ask, cursor.place, cursor.until, until)
    return _sized(ask, stream)


def placed(ask: Ask, place: Place, name: str, value: Value) -> Ask:
    """Return *ask* with the parameter *name* in its query, or at the dotted path *name* of its body."""
    if place == "query":
        return replace(ask, params={**ask.params, name: value})
    return replace(ask, body=_put(ask.body or {}, name, value))


def _sized(ask: Ask, stream: Stream) -> Ask:
    """Return *ask* saying how many records a page shall have."""
    match stream.pages:
        case PageNumber(size=size, size_param=str(name)) | Offset(size=size, size_param=str(name)):
            return placed(ask, stream.pages.place, name, size)
        case NextCursor(size=int(size), size_param=name):
            return placed(ask, stream.pages.place, name, size)
        case LinkHeader(size=int(size), size_param=name):
            return placed(ask, "query", name, size)
        case _:
            return ask


def _put(body: Mapping[str, Any], path: str, value: Value) -> dict[str, Any]:
    name, _, rest = path.partition(".")
    if not rest:
        return {**body, name: value}
    inner = body.get(name, {})
    if not isinstance(inner, Mapping):
        raise ConfigError(f"the stream's json has something at {name!r} in which there is no {rest!r}")
    return {**body, name: _put(inner, rest, value)}


def _path(stream: Stream, context: Mapping[str, Any]) -> str:
    """Return the Stream's path; what stands in braces becomes one piece of it, whatever it is."""
    if not context:
        return stream.path
    path = _braces(context).sub(lambda match: quote(str(context[match[1]]), safe=""), stream.path)
    if {".", ".."} & (set(path.split("/")) - set(stream.path.split("/"))):
        raise SourceError(
            f"stream {stream.name!r}: no path can be made of {dict(context)}",
            hint="mend the fields= of the stream's Parent",
        )
    return path


def _filled(value: Value, context: Mapping[str, Any]) -> Value:
    if not context or not isinstance(value, str):
        return value
    return _braces(context).sub(lambda match: str(context[match[1]]), value)


def _braces(context: Mapping[str, Any]) -> re.Pattern[str]:
    return re.compile(rf"\{{({'|'.join(map(re.escape, context))})\}}")
