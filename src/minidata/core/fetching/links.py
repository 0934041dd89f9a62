"""Link headers (RFC 8288): which addresses an answer names, and as what."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

# Nobody names so many; who does is not to keep us busy.
_MOST = 1000
_PARAM = re.compile(r';\s*([^\s=;,"<>]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?\s*', re.DOTALL)
_TARGET = re.compile(r"<([^<>]*)>\s*")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Link:
    """One link: the *target* as it was written, absolute or relative, and the *rels* it is one of, in lower case."""

    target: str
    rels: frozenset[str]


def links_in(header: str | None) -> Iterator[Link]:
    """
    Yield the links in *header*, several headers being joined by commas; never raises.

    What is no link is passed over, and so are links with an anchor, which are about something other than the answer.
    """
    return islice(_links(header or ""), _MOST)


def targets(header: str | None, rel: str) -> list[str]:
    """Return what *header* names as its *rel*, in its order; nothing at all is no target."""
    return [link.target for link in links_in(header) if rel.lower() in link.rels and link.target]


def _links(header: str) -> Iterator[Link]:
    place = header.find("<")
    while place >= 0:
        target = _TARGET.match(header, place)
        if target is None:
            place = header.find("<", place + 1)
            continue
        params, place = _params(header, target.end())
        if "anchor" not in params:
            yield Link(target[1], frozenset(params.get("rel", "").lower().split()))
        place = header.find("<", place)


def _params(header: str, place: int) -> tuple[dict[str, str], int]:
    """Return the parameters that begin at *place*, of each name the first one, and where they end."""
    params: dict[str, str] = {}
    while match := _PARAM.match(header, place):
        name, quoted, plain = match.groups()
        params.setdefault(name.lower(), plain or "" if quoted is None else _ESCAPED.sub(r"\1", quoted))
        place = match.end()
    return params, place
