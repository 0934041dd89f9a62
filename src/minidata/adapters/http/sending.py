"""
One request of a Source, sent with what may go where it goes.

Credentials, headers and parameters are bound to the origin of the Source's base URL. An origin that the Source trusts
may be asked for a page, but as by a stranger; any other one is refused here, whoever asked for it.
"""

import json
from collections.abc import Callable, Mapping

from minidata.adapters.http.complaining import Complaints
from minidata.adapters.http.credential import Credential, carried, head
from minidata.adapters.http.wire import Bounds, Reply
from minidata.adapters.http.wires import Wires
from minidata.core.errors import ConfigError, RefusedError
from minidata.core.exchange import Ask, Validators
from minidata.core.fetching.addresses import BadAddress, Origin, followed, has_param, origin_of, target_of, with_params
from minidata.core.source import Source

MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Those that let a POST be one.
_REPEATS = frozenset({307, 308})
_UNAUTHORIZED = 401
# Gzip is all that we can undo, whatever a Source says.
_DECODED = {"Accept-Encoding": "gzip"}


class Sender:
    """Sends requests; *turn* is waited for before each one. Used by any number of threads at once."""

    def __init__(  # noqa: PLR0913 - all that meets in a request
        self,
        source: Source,
        credential: Credential,
        *,
        agent: str,
        wires: Wires,
        bounds: Bounds,
        complaints: Complaints,
        turn: Callable[[], None],
    ) -> None:
        self._source = source
        self._credential = credential
        self._wires = wires
        self._bounds = bounds
        self._complaints = complaints
        self._turn = turn
        self._home = origin_of(source.base_url)
        self._allowed = {self._home, *(_trusted(source, url) for url in source.trusted)}
        self._plain = {"User-Agent": agent, "Accept": "application/json, */*;q=0.8", **_DECODED}
        for name, value in source.headers.items():
            carried(name, value, f"the headers of source {source.name!r}")

    def send(self, ask: Ask, validators: Validators | None) -> tuple[str, Reply]:
        """
        Return the last address and the reply of the way that begins with *ask*; the address has no secret parameter.

        Raises NoAnswer when asking again may help, SourceError when not, and RefusedError for an address at an origin
        that is not to be asked.
        """
        at_home = self._allowed_origin(ask.url) == self._home
        url = self._credential.unsigned(ask.url)
        first = url = self._with_params(url, ask.params) if at_home else url
        body = b"" if ask.body is None else json.dumps(ask.body, ensure_ascii=False, default=str).encode()
        for _ in range(1 + MAX_REDIRECTS):
            reply = self._sent(url, ask.method, body, validators)
            if reply.status not in _REDIRECTS:
                return (ask.url if url == first else url), reply
            url = self._redirected(url, ask.method, reply)
        raise self._complaints.error(first, f"redirects more than {MAX_REDIRECTS} times")

    def _with_params(self, url: str, params: Mapping[str, str | int]) -> str:
        """Return *url* with *params*, and with those of the Source that are not in it yet."""
        url = with_params(url, params)
        for name, value in self._source.params.items():
            if not has_param(url, name):
                url = with_params(url, {name: value})
        return url

    def _sent(self, url: str, method: str, body: bytes, validators: Validators | None) -> Reply:
        origin = self._allowed_origin(url)
        self._turn()
        if origin != self._home:
            return self._sent_as_stranger(origin, url, method)
        more = _conditions(validators)
        fresh = self._credential.fresh
        if fresh is None:
            return self._sent_home(url, method, body, more)
        made = fresh.headers()
        reply = self._sent_home(url, method, body, {**more, **made})
        if reply.status == _UNAUTHORIZED and fresh.renewed(made):
            reply = self._sent_home(url, method, body, {**more, **fresh.headers()})
            if reply.status == _UNAUTHORIZED:
                fresh.give_up()
        return reply

    def _sent_home(self, url: str, method: str, body: bytes, more: Mapping[str, str]) -> Reply:
        own = {**_about(method, body), **self._source.headers, **self._credential.headers}
        return self._asked(self._home, self._credential.signed(url), method, body, own, more, _DECODED)

    def _sent_as_stranger(self, origin: Origin, url: str, method: str) -> Reply:
        if method != "GET":
            raise RefusedError(f"a {method} goes to the origin of {self._source.name}'s base_url, not to {origin.host}")
        if self._complaints.redact(url) != url:
            raise RefusedError(f"an address at {origin.host} has a secret of {self._source.name} in it")
        return self._asked(origin, url, "GET", b"")

    def _asked(self, origin: Origin, url: str, method: str, body: bytes, *headers: Mapping[str, str]) -> Reply:
        with self._complaints.about(url):
            wire = self._wires.to(origin)
            return wire.ask(method, target_of(url), head(wire.host, self._plain, *headers), body, self._bounds)

    def _allowed_origin(self, url: str) -> Origin:
        """Return the origin of *url*; raise RefusedError when it is not to be asked."""
        try:
            origin = origin_of(url)
        except BadAddress as exc:
            raise RefusedError(f"{self._complaints.shown(url)} {exc}") from None
        if origin not in self._allowed:
            shown = self._complaints.shown(url)
            raise RefusedError(f"{shown} is not at the origin of {self._source.name}'s base_url")
        return origin

    def _redirected(self, url: str, method: str, reply: Reply) -> str:
        location = reply.headers.get("location", "")
        if method != "GET" and reply.status not in _REPEATS:
            raise self._complaints.error(url, f"answers a {method} with the redirect {reply.status}")
        try:
            return self._credential.unsigned(followed(url, location, self._allowed))
        except BadAddress as exc:
            raise self._complaints.error(
                url,
                f"redirects to {self._complaints.words(location)!r}, which {exc}",
                "if that is where the API is now, change the source's base_url, or say that it is trusted=",
            ) from None


def _trusted(source: Source, url: str) -> Origin:
    try:
        return origin_of(url)
    except BadAddress as exc:
        raise ConfigError(f"source {source.name!r}: the trusted origin {url!r} {exc}") from None


def _about(method: str, body: bytes) -> Mapping[str, str]:
    if method == "GET":
        return {}
    return {"Content-Length": str(len(body)), **({"Content-Type": "application/json"} if body else {})}


def _conditions(validators: Validators | None) -> Mapping[str, str]:
    if not validators:
        return {}
    sent = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in sent.items() if value}
