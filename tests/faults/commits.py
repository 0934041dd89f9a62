"""A line to Postgres that breaks when a transaction is to be committed: before the server hears of it, or after."""

import re
import socket
import socketserver
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal

# What becomes of a COMMIT: it is done and answered, it never arrives, or nobody hears of its being done.
Fate = Literal["answered", "unsent", "unheard"]
_COMMIT = b"COMMIT\0"
_SOCKET = re.compile(r"host=(?P<folder>[^&]+)")


class CommitLine(socketserver.ThreadingTCPServer):
    """Leads to the Postgres at the socket *path*; the next COMMITs meet the *fates*, one each."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, path: str) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.path = path
        self.fates: deque[Fate] = deque()
        self.cut = 0


class _Connection(socketserver.BaseRequestHandler):
    server: CommitLine
    request: socket.socket

    def handle(self) -> None:
        with socket.socket(socket.AF_UNIX) as there, suppress(OSError):
            there.connect(self.server.path)
            threading.Thread(target=self._answers, args=(there,), daemon=True).start()
            for piece in iter(lambda: self.request.recv(65_536), b""):
                fate = self._fate(piece)
                if fate != "answered":
                    self.request.shutdown(socket.SHUT_RDWR)
                if fate != "unsent":
                    there.sendall(piece)
                if fate != "answered":
                    break
            # Another thread listens to it, so that closing it would not end it.
            there.shutdown(socket.SHUT_RDWR)

    def _fate(self, piece: bytes) -> Fate:
        if _COMMIT not in piece or not self.server.fates:
            return "answered"
        fate = self.server.fates.popleft()
        self.server.cut += fate != "answered"
        return fate

    def _answers(self, there: socket.socket) -> None:
        with suppress(OSError):
            for piece in iter(lambda: there.recv(65_536), b""):
                self.request.sendall(piece)


@contextmanager
def commit_line(url: str) -> Iterator[tuple[CommitLine, str]]:
    """A line to the Postgres of *url*, which is at a socket, and the URL that leads along it."""
    found = _SOCKET.search(url)
    assert found, url
    folder = found["folder"]
    path = f"{folder}/.s.PGSQL.5432"
    with CommitLine(path) as line:
        thread = threading.Thread(target=line.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield line, _SOCKET.sub(f"host=127.0.0.1&port={line.server_address[1]}", url)
        finally:
            line.shutdown()
            thread.join()
