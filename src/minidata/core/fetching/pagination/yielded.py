"""Requests that a user's own generator function yields."""

from collections.abc import Generator
from dataclasses import replace
from typing import Any

from minidata.core.errors import USERS_ERRORS, ConfigError
from minidata.core.exchange import Ask
from minidata.core.fetching.gist import Seen
from minidata.core.fetching.pagination.onward import Lead
from minidata.core.fetching.pagination.origins import Origins
from minidata.core.pages import AskedBy
from minidata.core.source import Source
from minidata.core.wording import excerpt

_NO_CONTENT = 204


def by_function(source: Source, pages: AskedBy, first: Ask) -> tuple[Ask | None, Lead]:
    """
    Return the first request that a user's function makes of *first*, None when it makes none, and how to go on.

    Raises ConfigError when it fails, or yields what is no request; RefusedError for one to another origin.
    """
    origins = Origins.of(source)
    name = getattr(pages.function, "__qualname__", repr(pages.function))
    running = _begun(pages, first, name)

    def lead(_asked: Ask, seen: Seen) -> Ask | str:
        document = None if seen.status == _NO_CONTENT else seen.document()
        onward = _resumed(running, document, name)
        return f"{name} asks no more" if onward is None else _permitted(onward, first, origins)

    begin = _resumed(running, None, name)
    return None if begin is None else _permitted(begin, first, origins), lead


def _begun(pages: AskedBy, first: Ask, name: str) -> Generator[Ask, Any, None]:
    running = pages.function(first)
    if not isinstance(running, Generator):
        raise ConfigError(f"{name} of AskedBy is no generator function", hint="it must say: answer = yield ask")
    return running


def _resumed(running: Generator[Ask, Any, None], document: Any, name: str) -> Ask | None:
    try:
        onward = running.send(document)
    except StopIteration:
        return None
    except USERS_ERRORS as exc:
        raise ConfigError(f"{name} of AskedBy failed: {type(exc).__name__}: {excerpt(str(exc))}") from exc
    if not isinstance(onward, Ask):
        raise ConfigError(f"{name} of AskedBy yielded {excerpt(repr(onward), 60)}", hint="it must yield requests (Ask)")
    return onward


def _permitted(ask: Ask, first: Ask, origins: Origins) -> Ask:
    return replace(ask, url=origins.followed(first.url, ask.url))
