"""OAuth 2.0 tokens (RFC 6749): asked for, kept in memory alone, renewed once for all threads."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Protocol
from urllib.parse import quote_plus, urlencode

from minidata.adapters.http.credential import Secrets, basic, is_sendable, secret_of
from minidata.core.auths import OAuth2
from minidata.core.bodies.payload import PayloadError, parse
from minidata.core.clock import Clock
from minidata.core.errors import SourceError
from minidata.core.secrecy.secrets import Redactor
from minidata.core.watch import Watch

# A token is renewed before it ends: so many seconds, or a tenth of its life when that is less.
_MARGIN = 60.0
_SECONDS = re.compile("[1-9][0-9]{0,8}")


class Post(Protocol):
    """How a form gets to the token_url."""

    def __call__(self, form: bytes, headers: Mapping[str, str], *, harmless: bool) -> bytes:
        """Return the body of the answer; raise SourceError when there is none that is good."""


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    ends_at: float | None

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.value}"}


class Tokens:
    """The token that requests of a Source carry; see Fresh."""

    def __init__(  # noqa: PLR0913 - all that meets in a token
        self, auth: OAuth2, secrets: Secrets, *, post: Post, clock: Clock, redact: Redactor, watch: Watch
    ) -> None:
        self._auth = auth
        self._id = secret_of(secrets, auth.client_id)
        self._secret = secret_of(secrets, auth.client_secret) if auth.client_secret else None
        self._refresh = secret_of(secrets, auth.refresh_token) if auth.refresh_token else None
        self._post = post
        self._clock = clock
        self._redact = redact
        self._watch = watch
        self._lock = Lock()
        self._token: _Token | None = None
        # Why there is none, and will be none: who asks again and again with wrong secrets gets locked out.
        self._failure: SourceError | None = None
        self._given_up = False

    def headers(self) -> Mapping[str, str]:
        """Return the header with a token that has not ended; raise SourceError when there is none to be had."""
        with self._lock:
            if self._token is None or self._has_ended(self._token):
                self._token = self._asked_for()
            return self._token.headers

    def renewed(self, spent: Mapping[str, str]) -> bool:
        """Return whether there is another token than the *spent* one; only the first thread that asks renews it."""
        with self._lock:
            if self._token is None or self._token.headers != spent:
                return True
            if self._given_up:
                return False
            self._token = self._asked_for()
            return True

    def give_up(self) -> None:
        """Renew nothing any more: the API answers a new token with 401 too."""
        self._given_up = True

    def _has_ended(self, token: _Token) -> bool:
        return token.ends_at is not None and token.ends_at <= self._clock.monotonic()

    def _asked_for(self) -> _Token:
        if self._failure:
            raise self._failure
        try:
            return self._read(self._post(self._form, self._headers, harmless=self._refresh is None))
        except SourceError as exc:
            self._failure = exc
            raise

    @property
    def _form(self) -> bytes:
        auth = self._auth
        form = {"grant_type": "client_credentials", **(auth.params or {})}
        if self._refresh is not None:
            form |= {"grant_type": "refresh_token", "refresh_token": self._refresh}
        if auth.scope is not None:
            form["scope"] = auth.scope
        if auth.credentials == "form" or self._secret is None:
            form |= {"client_id": self._id, **({} if self._secret is None else {"client_secret": self._secret})}
        return urlencode(form).encode()

    @property
    def _headers(self) -> Mapping[str, str]:
        if self._auth.credentials == "form" or self._secret is None:
            return {}
        # RFC 6749 §2.3.1: each is encoded as a form's field is, before they are joined.
        return {"Authorization": basic(quote_plus(self._id), quote_plus(self._secret), self._redact)}

    def _read(self, body: bytes) -> _Token:
        try:
            answer = parse(body)
        except PayloadError as exc:
            raise SourceError(f"{self._auth.token_url} answers with no token: {exc.code}") from None
        value = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(value, str) or not value or not is_sendable(value):
            raise SourceError(f"{self._auth.token_url} answers with no access_token that a header can carry")
        self._redact.add(value)
        self._rotate(answer.get("refresh_token"))
        return _Token(value, self._end_of(answer.get("expires_in")))

    def _rotate(self, refresh: Any) -> None:
        if self._refresh is None or not isinstance(refresh, str) or refresh in {"", self._refresh}:
            return
        self._redact.add(refresh)
        self._refresh = refresh
        self._watch.note(
            f"{self._auth.token_url} has replaced the refresh token {self._auth.refresh_token}; the new one is kept in "
            "memory alone, and the one that is set may not work a second time"
        )

    def _end_of(self, expires_in: Any) -> float | None:
        """Return when a token ends that lives so many seconds; None when that is not told in a way we read."""
        if not _SECONDS.fullmatch(str(expires_in)):
            return None
        seconds = float(expires_in)
        return self._clock.monotonic() + seconds - min(_MARGIN, seconds / 10)
