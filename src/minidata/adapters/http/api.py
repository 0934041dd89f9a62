"""
One Source's API: its origin, its redirects, and asking again.

The credential is bound to the origin of the Source's base URL. A request to any other origin is refused here, whoever
asked for it, and no redirect leaves the origin either.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Self

import httpx
from pydantic import SecretStr

from minidata.adapters.http.credential import Credential
from minidata.adapters.http.wire import NoAnswer, Reply, Wire
from minidata.core.addresses import BadAddress, followed, origin_of, with_params
from minidata.core.clock import Clock
from minidata.core.decoding import BrokenBody
from minidata.core.errors import RefusedError, SourceError
from minidata.core.exchange import Answer, Ask
from minidata.core.payload import PayloadError, parse
from minidata.core.retrying import Limits, Stop, Tried, date_of, decide
from minidata.core.secrets import Redactor
from minidata.core.settings import HttpSection
from minidata.core.source import Source
from minidata.core.watch import Watch
from minidata.core.wording import excerpt

MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# How much of an error's body is looked at for the few words of it that are shown.
_GLANCE = 10_000


@dataclass(frozen=True, slots=True)
class _Fault:
    """What went wrong in one attempt, and what the retry rules may know of it: *status* None for no whole response."""

    error: SourceError
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    # What to be content with when asking again does not help either.
    answer: Answer | None = None


@dataclass(frozen=True, kw_only=True)
class Api:
    """
    The door to one Source's API: a context manager, used by one thread at a time.

    *secret* is the value of the Source's credential, *agent* the name we go by. Errors name the address, never the
    secret.
    """

    source: Source
    secret: SecretStr | None
    settings: HttpSection
    agent: str
    redact: Redactor
    clock: Clock
    watch: Watch

    def __enter__(self) -> Self:
        self._wire.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self._wire.__exit__(*exc)

    def get(self, ask: Ask) -> Answer:
        """
        Ask, again where that may help, and return the whole answer: its status is 2xx, but not 206.

        Raises SourceError when the API does not answer as promised, RefusedError when *ask* is for another origin.
        """
        limits = Limits(self.settings.attempts, self.settings.patience)
        began = self.clock.monotonic()
        attempt = 1
        while isinstance(got := self._attempt(ask), _Fault):
            tried = Tried(attempt, self.clock.monotonic() - began, got.status, got.headers)
            step = decide(tried, limits, now=self.clock.now(), chance=self.clock.random())
            if isinstance(step, Stop):
                return _given_up(got, step)
            self.watch.note(f"{got.error}, again in {step.seconds:.1f} s")
            self.clock.sleep(step.seconds)
            attempt += 1
        return got

    @cached_property
    def _wire(self) -> Wire:
        return Wire(origin_of(self.source.base_url), self.settings, self.clock.monotonic)

    @cached_property
    def _credential(self) -> Credential:
        return Credential.of(self.source, self.secret, self.agent)

    def _attempt(self, ask: Ask) -> Answer | _Fault:
        url = with_params(ask.url, ask.params)
        try:
            at, reply = self._followed(url)
        except (NoAnswer, BrokenBody) as exc:
            return _Fault(self._error(url, str(exc), exc.hint))
        except SourceError as exc:
            raise self._error(url, str(exc), exc.hint) from exc
        if not reply.is_good:
            return _Fault(self._refusal(at, reply), reply.status, reply.headers)
        answer = self._answer(ask.url if at == url else at, reply)
        if reply.framed or _is_json(reply.body):
            return answer
        # It may have been cut, it may be a page of HTML: worth asking again, and worth keeping if that is no better.
        return _Fault(self._error(at, "is no JSON, or cut: nothing says how long the body should be"), answer=answer)

    def _followed(self, url: str) -> tuple[str, Reply]:
        """Return the last address and reply of the way that begins at *url*; redirects stay within the origin."""
        self._wire.wind()
        for _ in range(1 + MAX_REDIRECTS):
            reply = self._wire.get(self._admitted(url), self._credential.headers)
            if reply.status not in _REDIRECTS:
                return url, reply
            url = self._redirected(url, reply.headers.get("location", ""))
        raise SourceError(f"redirects more than {MAX_REDIRECTS} times")

    def _admitted(self, url: str) -> str:
        """Return *url* with the credential in it; raise RefusedError when it leads to another origin."""
        try:
            parsed, home = httpx.URL(url), httpx.URL(self.source.base_url)
        except httpx.InvalidURL as exc:
            raise SourceError(f"is no address ({excerpt(str(exc))})") from None
        # The last gate, in the words of the very library that connects: two parsers may differ about an address.
        if parsed.copy_with(path="/", query=None, fragment=None) != home.copy_with(path="/", query=None, fragment=None):
            raise RefusedError(f"{self._shown(url)} is not at the origin of {self.source.name}'s base_url")
        return self._credential.signed(url)

    def _redirected(self, url: str, location: str) -> str:
        try:
            return self._credential.unsigned(followed(url, location))
        except BadAddress as exc:
            raise SourceError(
                f"redirects to {self._shown(location)!r}, which {exc}",
                hint="if that is where the API is now, change the source's base_url",
            ) from None

    def _answer(self, url: str, reply: Reply) -> Answer:
        return Answer(
            url=self._credential.unsigned(url),
            status=reply.status,
            body=reply.body,
            fetched_at=self.clock.now(),
            date=date_of(reply.headers.get("date")),
            content_type=reply.headers.get("content-type"),
            content_encoding=reply.headers.get("content-encoding"),
            etag=reply.headers.get("etag"),
            last_modified=reply.headers.get("last-modified"),
        )

    def _refusal(self, url: str, reply: Reply) -> SourceError:
        words = excerpt(self.redact(reply.body[:_GLANCE].decode(errors="replace")))
        status = f"{reply.status} {_phrase(reply.status)}".strip()
        return self._error(url, f"answers {status}" + (f": {words}" if words else ""), self._hint(reply.status))

    def _hint(self, status: int) -> str:
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            auth = self.source.auth
            names = ", ".join(auth.secrets) if auth else ""
            return f"is the secret {names} right?" if names else "the API wants a key: give the source an auth="
        if status == HTTPStatus.NOT_FOUND:
            return "look at the source's base_url and the stream's path"
        return ""

    def _error(self, url: str, what: str, hint: str = "") -> SourceError:
        return SourceError(f"{self._shown(url)} {self.redact(what)}", hint=hint)

    def _shown(self, url: str) -> str:
        return excerpt(self.redact(self._credential.unsigned(url)))


def _given_up(fault: _Fault, stop: Stop) -> Answer:
    if fault.answer:
        return fault.answer
    reason = f" ({stop.reason})" if stop.reason else ""
    raise SourceError(f"{fault.error}{reason}", hint=fault.error.hint)


def _is_json(body: bytes) -> bool:
    try:
        parse(body)
    except PayloadError as exc:
        return exc.code not in {"EMPTY", "NOT_JSON", "NOT_UTF8"}
    return True


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
