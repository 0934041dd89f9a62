"""
One request and its whole response, before a deadline.

We stand on httpx's transport, below its client: no cookie jar, no redirects, no decoding, and no log line with an
address in it.
"""

import logging
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self

import httpcore
import httpx

from minidata.adapters.http.sockets import PunctualTransport
from minidata.core.addresses import Origin
from minidata.core.decoding import decode
from minidata.core.errors import SourceError
from minidata.core.settings import HttpSection
from minidata.core.wording import excerpt

_NO_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


class NoAnswer(SourceError):
    """The API was not reached, or what came was no whole response; asking again may help."""


@dataclass(frozen=True, slots=True)
class Reply:
    """
    A whole response. *headers* are found by their names in lower case.

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
    """The connections to one origin: a context manager, used by one thread at a time."""

    def __init__(self, origin: Origin, settings: HttpSection, monotonic: Callable[[], float]) -> None:
        _silence()
        self._settings = settings
        self._monotonic = monotonic
        self._ends_at = monotonic()
        self._transport = PunctualTransport(origin, self._left)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._transport.close()

    def wind(self) -> None:
        """Begin a new deadline: what follows has all the seconds again."""
        self._ends_at = self._monotonic() + self._settings.deadline

    def get(self, url: str, headers: Mapping[str, str]) -> Reply:
        """
        Ask for *url* and read the answer to its end.

        Raises NoAnswer and BrokenBody when asking again may help, SourceError when not; their messages end a sentence
        that begins with the address.
        """
        timeout = httpx.Timeout(self._settings.timeout).as_dict()
        with self._translated():
            request = httpx.Request("GET", url, headers=dict(headers), extensions={"timeout": timeout})
            response = self._transport.handle_request(request)
            try:
                return self._whole(response)
            finally:
                response.close()

    def _whole(self, response: httpx.Response) -> Reply:
        headers = response.headers
        framing = [name for name in ("content-length", "transfer-encoding") if name in headers]
        if len(framing) > 1:
            # One of the two is a lie, and a proxy on the way may have believed the other one.
            raise NoAnswer("sends both a Content-Length and a Transfer-Encoding")
        if response.status_code in _NO_BODY:
            return Reply(response.status_code, headers, b"", framed=True)
        return Reply(response.status_code, headers, self._body(response), framed=bool(framing))

    def _body(self, response: httpx.Response) -> bytes:
        encoding = response.headers.get("content-encoding", "")
        try:
            return decode(self._chunks(response), encoding, limit=self._settings.max_body)
        except SourceError:
            if response.is_success:
                raise
            # The status says enough; what came with it is only for people to read.
            return b""

    def _chunks(self, response: httpx.Response) -> Iterator[bytes]:
        # Not iter_raw(): that is for the responses of a client.
        stream: Iterable[bytes] = response.stream  # type: ignore[assignment]
        for chunk in stream:
            self._left()
            yield chunk

    def _left(self) -> float:
        """Return the seconds left to the deadline; raise ReadTimeout when there are none."""
        left = self._ends_at - self._monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (httpx.TimeoutException, httpcore.TimeoutException) as exc:
            late = self._ends_at <= self._monotonic()
            seconds = self._settings.deadline if late else self._settings.timeout
            raise NoAnswer(f"does not answer within {seconds:g} s") from exc
        except httpx.InvalidURL as exc:
            raise SourceError(f"is no address ({excerpt(str(exc))})") from None
        except httpx.ConnectError as exc:
            raise _unreached(exc) from exc
        except httpx.TransportError as exc:
            raise NoAnswer(f"breaks off ({excerpt(str(exc)) or type(exc).__name__})") from exc


def _unreached(exc: httpx.ConnectError) -> SourceError:
    if _is_distrust(exc):
        return SourceError(
            f"is not trusted ({excerpt(str(exc))})",
            hint="the server's certificate is wrong, or SSL_CERT_FILE does not name who signed it",
        )
    return NoAnswer(f"does not answer ({excerpt(str(exc))})")


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
