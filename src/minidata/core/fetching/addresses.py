"""
Web addresses: which origin one belongs to, where a link in an answer leads, and what its query says.

Whatever two programs might read differently (white space, backslashes, a user before the host) is refused, not
repaired. Queries are changed without touching a byte that need not change, for an API may have signed them.
"""

import re
from collections.abc import Collection, Container, Mapping
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import quote, unquote_plus, urldefrag, urlencode, urljoin, urlsplit, urlunsplit

_PORTS = {"http": 80, "https": 443}
_READ_DIFFERENTLY = re.compile(r"[\x00-\x20\x7f\\]")
# Browsers take what follows for a host, the RFC takes it for a path.
_HOST_OR_PATH = re.compile(r"///|https?:(?!//[^/])", re.IGNORECASE)


class BadAddress(ValueError):
    """Not an address that a request may go to; the message ends a sentence that begins with the address."""


class Origin(NamedTuple):
    """Who answers at an address: what a credential is bound to."""

    scheme: str
    host: str
    port: int


def on_loopback(host: str) -> bool:
    """Return whether *host* means the machine, or the container, on which it is said."""
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def origin_of(url: str) -> Origin:
    """Return the origin of *url*; raise BadAddress when it is not plainly ``http(s)://host[:port]/…``."""
    if _READ_DIFFERENTLY.search(url):
        raise BadAddress("has a character in it that no address has")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise BadAddress(f"is no address ({exc})") from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise BadAddress("is not http(s)://host/…")
    if "@" in parts.netloc:
        raise BadAddress("has a user in it")
    return Origin(parts.scheme, parts.hostname, _PORTS[parts.scheme] if port is None else port)


def followed(base: str, link: str, allowed: Collection[Origin] = ()) -> str:
    """
    Return where *link*, found in what *base* answered, leads: the origin of *base*, or one of those *allowed*.

    Raises BadAddress for all others, for a user in the address, and for a way from https to http.
    """
    if _READ_DIFFERENTLY.search(link):
        raise BadAddress("has a character in it that no address has")
    if _HOST_OR_PATH.match(link):
        raise BadAddress("is no plain address")
    try:
        url = urldefrag(urljoin(base, link)).url
    except ValueError as exc:
        raise BadAddress(f"is no address ({exc})") from None
    here, there = origin_of(base), origin_of(url)
    if there != here and there not in allowed:
        raise BadAddress("is at another origin")
    if here.scheme == "https" != there.scheme:
        raise BadAddress("is not encrypted, as this is")
    return url


def target_of(url: str) -> str:
    """Return what a request for *url* asks for at its origin: path and query."""
    parts = urlsplit(url)
    path = parts.path or "/"
    return f"{path}?{parts.query}" if parts.query else path


def under(base: str, path: str) -> str:
    """Return the address of *path* below *base*; both count, whatever slashes they begin and end with."""
    return f"{base.rstrip('/')}/{path.lstrip('/')}" if path else base


def with_params(url: str, params: Mapping[str, str | int]) -> str:
    """Return *url* with *params* at the end of its query; those of the same name are replaced."""
    if not params:
        return url
    parts = urlsplit(url)
    added = urlencode(params, quote_via=quote)
    return urlunsplit(parts._replace(query="&".join(filter(None, (_without(parts.query, params), added)))))


def has_param(url: str, name: str) -> bool:
    """Return whether *url* has the query parameter *name*, however it is spelled."""
    return any(unquote_plus(pair.partition("=")[0]) == name for pair in urlsplit(url).query.split("&"))


def without_param(url: str, name: str) -> str:
    """Return *url* without the query parameter *name*, however it is spelled."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=_without(parts.query, {name})))


def _without(query: str, names: Container[str]) -> str:
    return "&".join(pair for pair in query.split("&") if unquote_plus(pair.partition("=")[0]) not in names)
