"""
Connections that end on time, and all at once when they must.

httpcore's timeouts are for each read: a server that drips a byte a second never meets one. So the sockets under it are
wrapped, and every wait on them is cut to what is left until a deadline.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future, InvalidStateError
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpcore


class Deadline(threading.local):
    """The moment at which what this thread asks must have ended; each thread has its own."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._ends_at = monotonic()

    def wind(self, seconds: float) -> None:
        """Let it be *seconds* from now."""
        self._ends_at = self._monotonic() + seconds

    @property
    def passed(self) -> bool:
        """Whether it is over."""
        return self._ends_at <= self._monotonic()

    def left(self) -> float:
        """Return the seconds that are left; raise ReadTimeout when there are none."""
        left = self._ends_at - self._monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left

    def cut(self, timeout: float | None) -> float:
        """Return *timeout*, or the seconds that are left when that is less; raise ReadTimeout when there are none."""
        left = self.left()
        return left if timeout is None else min(timeout, left)


class Switch:
    """Turns everything off: what is connected breaks, in whatever thread it is waited for, and nothing connects."""

    def __init__(self) -> None:
        self.off = threading.Event()
        self._lock = threading.Lock()
        self._live: set[socket.socket] = set()
        self._connecting: set[Future[httpcore.NetworkStream]] = set()

    def turn_off(self) -> None:
        """Do it, once and for all."""
        self.off.set()
        with self._lock:
            for one in self._live:
                _break(one)
            for attempt in self._connecting:
                attempt.cancel()

    def add(self, live: socket.socket) -> None:
        """Break *live* too, when the time comes, or at once when it has come."""
        with self._lock:
            self._live.add(live)
            if self.off.is_set():
                _break(live)

    def remove(self, live: socket.socket) -> None:
        """Forget *live*, and close it."""
        with self._lock:
            self._live.discard(live)
        live.close()

    @contextmanager
    def connecting(self, attempt: "Future[httpcore.NetworkStream]") -> Iterator[None]:
        """Cancel *attempt* too, when the time comes within the block."""
        with self._lock:
            self._connecting.add(attempt)
        try:
            if self.off.is_set():
                attempt.cancel()
            yield
        finally:
            with self._lock:
                self._connecting.discard(attempt)


def _break(live: socket.socket) -> None:
    with suppress(OSError):
        live.shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True)
class PunctualBackend(httpcore.NetworkBackend):
    """Connects as *inner* does, before the *deadline*, while the *switch* is on."""

    inner: httpcore.NetworkBackend
    deadline: Deadline
    switch: Switch

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect; the whole of it takes no longer than *timeout*, looking the name up and all its addresses."""
        timeout = self.deadline.cut(timeout)
        attempt: Future[httpcore.NetworkStream] = Future()

        def connect() -> None:
            try:
                stream = self.inner.connect_tcp(host, port, timeout, local_address, socket_options)
            except (httpcore.NetworkError, httpcore.TimeoutException, OSError, ValueError) as exc:
                with suppress(InvalidStateError):
                    attempt.set_exception(exc)
                return
            try:
                attempt.set_result(stream)
            except InvalidStateError:
                # Nobody waits for it any more.
                stream.close()

        # A thread of its own, for nothing else ends the wait for a name server.
        threading.Thread(target=connect, daemon=True).start()
        with self.switch.connecting(attempt):
            inner = _within(timeout, attempt)
        handle = inner.get_extra_info("socket").dup()
        handle.settimeout(0)
        self.switch.add(handle)
        return _PlainStream(inner, self, handle)


def _within(seconds: float, attempt: "Future[httpcore.NetworkStream]") -> httpcore.NetworkStream:
    try:
        return attempt.result(seconds)
    except TimeoutError:
        if attempt.cancel():
            raise httpcore.ConnectTimeout from None
        return attempt.result()
    except (CancelledError, ValueError) as exc:
        raise httpcore.ConnectError(str(exc)) from exc


class _Stream(httpcore.NetworkStream):
    """*handle* is another name of its socket: it stays the same when TLS begins on it, and any thread can shut it."""

    def __init__(self, inner: httpcore.NetworkStream, backend: PunctualBackend, handle: socket.socket) -> None:
        self._inner = inner
        self._backend = backend
        self._cut = backend.deadline.cut
        self._handle = handle

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._cut(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._cut(timeout))

    def close(self) -> None:
        self._backend.switch.remove(self._handle)
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            inner = self._inner.start_tls(ssl_context, server_hostname, self._cut(timeout))
        except BaseException:
            self.close()
            raise
        return _Stream(inner, self._backend, self._handle)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _PlainStream(_Stream):
    """
    One without TLS: what has come already is read without waiting for it.

    A body comes in many pieces. A wait for each would be two more calls of the system, at which threads hinder others.
    """

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        timeout = self._cut(timeout)
        try:
            return self._handle.recv(max_bytes)
        except BlockingIOError:
            return self._inner.read(max_bytes, timeout)
        except OSError as exc:
            raise httpcore.ReadError(exc) from exc
