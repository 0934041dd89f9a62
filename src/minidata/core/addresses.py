"""
Web addresses: which origin one belongs to, where a link in an answer leads, and what its query says.

Whatever two programs might read differently (white space, backslashes, a user before the host) is refused, not
repaired. Queries are changed without touching a byte that need not change, for an API may have signed them.
"""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import quote, unquote_plus, urldefrag, urlencode, urljoin, urlsplit, urlunsplit

_PORTS = {"http": 80, "https": 443}
_READ_DIFFERENTLY = re.compile(r"[\x00-\x20\x7f\\]")


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


def followed(base: str, link: str) -> str:
    """
    Return where *link*, found in what *base* answered, leads.

    Raises BadAddress for anything but the same scheme, host and port, and for a user in the address.
    """
    if _READ_DIFFERENTLY.search(link):
        raise BadAddress("has a character in it that no address has")
    try:
        url = urldefrag(urljoin(base, link)).url
    except ValueError as exc:
        raise BadAddress(f"is no address ({exc})") from None
    if origin_of(url) != origin_of(base):
        raise BadAddress("is at another origin")
    return url


def under(base: str, path: str) -> str:
    """Return the address of *path* below *base*; both count, whatever slashes they begin and end with."""
    return f"{base.rstrip('/')}/{path.lstrip('/')}" if path else base


def with_params(url: str, params: Mapping[str, str | int]) -> str:
    """Return *url* with *params* at the end of its query; those of the same name are replaced."""
    for name in params:
        url = without_param(url, name)
    parts = urlsplit(url)
    added = urlencode(params, quote_via=quote)
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, added)))))


def without_param(url: str, name: str) -> str:
    """Return *url* without the query parameter *name*, however it is spelled."""
    parts = urlsplit(url)
    kept = [pair for pair in parts.query.split("&") if unquote_plus(pair.partition("=")[0]) != name]
    return urlunsplit(parts._replace(query="&".join(kept)))
