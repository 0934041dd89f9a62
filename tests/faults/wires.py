"""
A wire to Postgres that breaks when so much has been sent: it is cut, or swallows whatever comes.

What is swallowed is not even acknowledged, in neither direction, as where a cable is pulled: both ends believe that the
other one is there, until they notice by themselves.
"""

import ctypes
import socket
import socketserver
import struct
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal

# What becomes of a connection, after how many bytes that the client has sent.
Kind = Literal["cut", "hole"]
Break = tuple[Kind, int]
_SO_ATTACH_FILTER = 26
_DROP_ALL = struct.pack("HBBI", 6, 0, 0, 0)
_STEP = 4_096


class Wire(socketserver.ThreadingTCPServer):
    """Leads to the Postgres at *port*; the next connections meet *breaks*, one each, all others none."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.there = ("127.0.0.1", port)
        self.breaks: deque[Break] = deque()
        self.broken = 0
        self.stopping = threading.Event()

    @property
    def port(self) -> int:
        port: int = self.server_address[1]
        return port


class _Connection(socketserver.BaseRequestHandler):
    server: Wire
    request: socket.socket

    def handle(self) -> None:
        with socket.create_connection(self.server.there) as there, suppress(OSError):
            threading.Thread(target=_answers, args=(there, self.request), daemon=True).start()
            left = 0
            for piece in iter(lambda: self.request.recv(_STEP), b""):
                there.sendall(piece)
                left += len(piece)
                if self.server.breaks and left > self.server.breaks[0][1]:
                    self._break(self.server.breaks.popleft()[0], there)
                    return
            there.shutdown(socket.SHUT_RDWR)

    def _break(self, kind: Kind, there: socket.socket) -> None:
        self.server.broken += 1
        if kind == "hole":
            for end in (self.request, there):
                swallow(end)
            self.server.stopping.wait()
        for end in (self.request, there):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            # Another thread may listen to it, so that closing it alone would not end it.
            with suppress(OSError):
                end.shutdown(socket.SHUT_RD)
            end.close()


def swallow(end: socket.socket) -> None:
    """Let the system throw away whatever comes to *end* (Linux)."""
    program = ctypes.create_string_buffer(_DROP_ALL, len(_DROP_ALL))
    end.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HL", 1, ctypes.addressof(program)))


def _answers(there: socket.socket, here: socket.socket) -> None:
    with suppress(OSError):
        for piece in iter(lambda: there.recv(65_536), b""):
            here.sendall(piece)


@contextmanager
def wire_to(port: int) -> Iterator[Wire]:
    with Wire(port) as wire:
        thread = threading.Thread(target=wire.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield wire
        finally:
            wire.stopping.set()
            wire.shutdown()
            thread.join()
