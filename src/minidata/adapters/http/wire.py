"""
One request and its whole response, before a deadline.

We stand on httpcore, below httpx's client: no cookie jar, no redirects, no decoding, and no log line with an address in
it. Where a connection leads is settled when the wire is made. A request only says what it wants there, so no address,
however it is spelled, leads elsewhere.
"""

import logging
import ssl
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import quote

import httpcore
import httpx

from minidata.adapters.http.pool import pool_to
from minidata.adapters.http.sockets import Deadline, PunctualBackend, Switch
from minidata.core.bodies.decoding import BodyTooLarge, BrokenBody, decode
from minidata.core.errors import SourceError
from minidata.core.fetching.addresses import Origin
from minidata.core.wording import excerpt

_NO_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
# All of ASCII that may stand in a request's target: what is percent-encoded already stays as it is.
_AS_IT_IS = "!$%&'()*+,/:;=?@[]~"


class NoAnswer(SourceError):
    """
    The API was not reached, or what came was no whole response; asking again may help.

    *unsent*: nothing of the request can have come there.
    """

    def __init__(self, message: str, *, hint: str = "", unsent: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.unsent = unsent


class Bounds(NamedTuple):
    """How long and how much: each wait and the whole request in seconds, the decoded body in bytes."""

    timeout: float
    deadline: float
    max_body: int


# Names and values of a request's headers.
Headers = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Reply:
    """
    A whole response. *headers* are found by their names in lower case; those that came twice are joined by commas.

    *framed* is False when nothing but the end of the connection said where the body ends.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    framed: bool

    @property
    def is_good(self) -> bool:
        """Whether this is all of what was asked for."""
        return self.status // 100 == 2 and self.status != HTTPStatus.PARTIAL_CONTENT  # noqa: PLR2004 - 2xx


class Wire:
    """The connections to one origin, used by any number of threads at once; *host* is the header that names it."""

    def __init__(self, origin: Origin, deadline: Deadline, switch: Switch, *, connections: int, verify: bool) -> None:
        _silence()
        try:
            url = httpx.URL(scheme=origin.scheme, host=origin.host, port=origin.port)
        except httpx.InvalidURL as exc:
            raise SourceError(f"is no address ({excerpt(str(exc))})") from None
        self._scheme, self._host, self._port = url.raw_scheme, url.raw_host, url.port
        self.host = {"Host": url.netloc.decode()}
        self._deadline = deadline
        backend = PunctualBackend(httpcore.SyncBackend(), deadline, switch)
        self._pool = pool_to(origin, self._url("/").origin, backend, size=connections, verify=verify)

    def close(self) -> None:
        """Close its connections."""
        self._pool.close()

    def ask(self, method: str, target: str, headers: Headers, body: bytes, bounds: Bounds) -> Reply:
        """
        Ask for *target* (path and query) and read the answer to its end.

        Raises NoAnswer when asking again may help, SourceError when not; their messages end a sentence that begins with
        the address.
        """
        timeouts = dict.fromkeys(("connect", "read", "write"), bounds.timeout)
        url = self._url(quote(target, safe=_AS_IT_IS))
        request = httpcore.Request(method, url, headers=headers, content=body, extensions={"timeout": timeouts})
        with self._pool.connection() as connection:
            self._deadline.wind(bounds.deadline)
            return self._answered(connection, request, bounds)

    def _url(self, target: str) -> httpcore.URL:
        return httpcore.URL(scheme=self._scheme, host=self._host, port=self._port, target=target)

    def _answered(self, connection: httpcore.ConnectionInterface, request: httpcore.Request, bounds: Bounds) -> Reply:
        try:
            response = connection.handle_request(request)
            try:
                return _whole(response, bounds.max_body)
            finally:
                response.close()
        except BrokenBody as exc:
            raise NoAnswer(str(exc)) from exc
        except httpcore.TimeoutException as exc:
            seconds = bounds.deadline if self._deadline.passed else bounds.timeout
            unsent = isinstance(exc, httpcore.ConnectTimeout)
            raise NoAnswer(f"does not answer within {seconds:g} s", unsent=unsent) from exc
        except httpcore.ConnectError as exc:
            raise _unreached(exc) from exc
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError) as exc:
            raise NoAnswer(f"breaks off ({excerpt(str(exc)) or type(exc).__name__})") from exc


def _whole(response: httpcore.Response, limit: int) -> Reply:
    status, headers = response.status, _headers(response.headers)
    framing = [name for name in ("content-length", "transfer-encoding") if name in headers]
    if len(framing) > 1:
        # One of the two is a lie, and a proxy on the way may have believed the other one.
        raise NoAnswer("sends both a Content-Length and a Transfer-Encoding")
    if status in _NO_BODY:
        return Reply(status, headers, b"", framed=True)
    return Reply(status, headers, _body(response, headers, limit), framed=bool(framing))


def _body(response: httpcore.Response, headers: Mapping[str, str], limit: int) -> bytes:
    chunks: Iterable[bytes] = response.stream  # type: ignore[assignment] # it is made for both kinds of programs
    encoding = headers.get("content-encoding", "")
    length = headers.get("content-length", "")
    try:
        if not encoding and length.isdecimal() and int(length) > limit:
            raise BodyTooLarge(f"the body is larger than {limit:,} bytes")
        return decode(chunks, encoding, limit=limit)
    except SourceError:
        if response.status // 100 == 2:  # noqa: PLR2004 - 2xx
            raise
        # The status says enough; what came with it is only for people to read.
        return b""


def _headers(raw: Headers) -> Mapping[str, str]:
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _unreached(exc: httpcore.ConnectError) -> SourceError:
    if _is_distrust(exc):
        return SourceError(
            f"is not trusted ({excerpt(str(exc))})",
            hint="the server's certificate is wrong, or SSL_CERT_FILE does not name who signed it",
        )
    return NoAnswer(f"does not answer ({excerpt(str(exc))})", unsent=True)


def _is_distrust(exc: BaseException) -> bool:
    cause: BaseException | None = exc
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    return cause is not None


def _silence() -> None:
    """Let no line of httpx or httpcore through: they have addresses and headers in them, and those have secrets."""
    for name in ("httpx", "httpcore"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL + 1)
        logger.propagate = False
