"""
A bad line: a TCP proxy between us and a server, whatever they speak.

A fault is what happens to the bytes that come back on one connection: it takes them in and gives out what is left.
What is sent goes through, so that with ``cut(0)`` the server has done what was asked and nobody hears of it.
"""

import socket
import socketserver
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

Fault = Callable[[Iterator[bytes]], Iterator[bytes]]
_STEP = 65_536


class _Broken(Exception):
    """The connection is to end the hard way."""


class _Stalled(Exception):
    """The connection is not to end."""


def passed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """No fault."""
    return pieces


def cut(after: int) -> Fault:
    """End the connection *after* so many bytes, as if that were all; 0: when the first one comes."""

    def fault(pieces: Iterator[bytes]) -> Iterator[bytes]:
        left = after
        for piece in pieces:
            yield piece[:left]
            left -= len(piece)
            if left <= 0:
                return

    return fault


def reset(after: int) -> Fault:
    """Break the connection *after* so many bytes."""

    def fault(pieces: Iterator[bytes]) -> Iterator[bytes]:
        yield from cut(after)(pieces)
        raise _Broken

    return fault


def stall(after: int) -> Fault:
    """Pass on no more *after* so many bytes, and never end."""

    def fault(pieces: Iterator[bytes]) -> Iterator[bytes]:
        yield from cut(after)(pieces)
        raise _Stalled

    return fault


def corrupt(at: int) -> Fault:
    """Turn all bits of the byte *at* that place, counted from 0."""

    def fault(pieces: Iterator[bytes]) -> Iterator[bytes]:
        left = at
        for piece in pieces:
            turned = bytearray(piece)
            if 0 <= left < len(turned):
                turned[left] ^= 0xFF
            left -= len(piece)
            yield bytes(turned)

    return fault


def delay(seconds: float) -> Fault:
    """Pass on each piece so much later."""

    def fault(pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            threading.Event().wait(seconds)
            yield piece

    return fault


class FaultyLine(socketserver.ThreadingTCPServer):
    """Leads to *host*:*port*; the next connections meet the faults that are planned for them, one each."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, host: str, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.there = (host, port)
        self.faults: deque[Fault] = deque()
        self.connections = 0
        self.stopping = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def plans(self, *faults: Fault) -> None:
        """Let the next connections meet *faults*."""
        self.faults = deque(faults)

    def next_fault(self) -> Fault:
        self.connections += 1
        return self.faults.popleft() if self.faults else passed


class _Connection(socketserver.BaseRequestHandler):
    server: FaultyLine
    request: socket.socket

    def handle(self) -> None:
        fault = self.server.next_fault()
        with suppress(OSError), socket.create_connection(self.server.there) as there:
            threading.Thread(target=_pumped, args=(self.request, there), daemon=True).start()
            try:
                for piece in fault(_pieces(there)):
                    self.request.sendall(piece)
            except _Stalled:
                self.server.stopping.wait()
            except _Broken:
                # Who still reads from it would keep it from breaking.
                self.request.shutdown(socket.SHUT_RD)
                self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.request.close()


def _pieces(come: socket.socket) -> Iterator[bytes]:
    return iter(lambda: come.recv(_STEP), b"")


def _pumped(come: socket.socket, go: socket.socket) -> None:
    with suppress(OSError):
        for piece in _pieces(come):
            go.sendall(piece)
        go.shutdown(socket.SHUT_WR)


@contextmanager
def faulty_line(url: str) -> Iterator[FaultyLine]:
    """A line to the server at *url*."""
    there = urlsplit(url)
    with FaultyLine(there.hostname or "", there.port or 80) as line:
        thread = threading.Thread(target=line.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield line
        finally:
            line.stopping.set()
            line.shutdown()
            thread.join()
