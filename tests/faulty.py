"""A server that says exactly the bytes it is told to, and a clock that does not wait."""

import json
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Heard:
    """A request as it came in; header names are in lower case."""

    target: str
    headers: Mapping[str, str]

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.target).query).items()}


# Bytes are sent as they are and the connection is closed; a function is asked first.
Saying = bytes | Iterable[bytes]
Script = Saying | Callable[[Heard], Saying]


def said(
    body: bytes = b"", status: int = 200, headers: Mapping[str, str] | None = None, *, length: int | None = None
) -> bytes:
    """A response in bytes; *length* is what its Content-Length says, -1 for nothing."""
    lines = {"Content-Length": str(len(body) if length is None else length), **(headers or {})}
    if length == -1:
        del lines["Content-Length"]
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} Words\r\n{head}Connection: close\r\n\r\n".encode() + body


def said_json(value: Any, headers: Mapping[str, str] | None = None) -> bytes:
    return said(json.dumps(value).encode(), headers={"Content-Type": "application/json", **(headers or {})})


class FaultServer(socketserver.ThreadingTCPServer):
    """Says its script line by line, the last one again and again, and remembers what it heard."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.heard: list[Heard] = []
        self.stopping = threading.Event()
        self._script: list[Script] = [said()]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def says(self, *script: Script) -> None:
        """From now on say *script*, a line a request."""
        self._script = list(script)
        self.heard.clear()

    def reply(self, heard: Heard) -> Saying:
        self.heard.append(heard)
        line = self._script[min(len(self.heard), len(self._script)) - 1]
        return line(heard) if callable(line) else line

    def dripping(self, head: bytes) -> Iterator[bytes]:
        """*head*, and then a byte now and again, for ever."""
        yield head
        while not self.stopping.wait(0.02):
            yield b"x"


class _Handler(socketserver.StreamRequestHandler):
    server: FaultServer

    def handle(self) -> None:
        with suppress(ConnectionError, TimeoutError):
            heard = self._hear()
            if heard:
                saying = self.server.reply(heard)
                for piece in [saying] if isinstance(saying, bytes) else saying:
                    self.connection.sendall(piece)
                # Half closed, then read to the end: else what is unread would make the kernel take back what was said.
                self.connection.shutdown(socket.SHUT_WR)
                self.connection.recv(1)

    def _hear(self) -> Heard | None:
        first, *lines = iter(lambda: self.rfile.readline().decode("latin-1").rstrip("\r\n"), "")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return Heard(first.split(" ")[1], headers)


@contextmanager
def fault_server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.stopping.set()
            server.shutdown()
            thread.join()


def closed_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@dataclass
class TurnedClock:
    """A clock on which sleeping takes no time, and dice that always fall the same."""

    at: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)
    chance: float = 0.5
    slept: list[float] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def now(self) -> datetime:
        return self.at + timedelta(seconds=sum(self.slept))

    def monotonic(self) -> float:
        return time.monotonic() + sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def random(self) -> float:
        return self.chance

    def token(self) -> str:
        return f"{next(self._numbers):08x}"


@dataclass
class Onlooker:
    """A Watch that remembers."""

    notes: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def note(self, line: str) -> None:
        self.notes.append(line)

    def count(self, what: str, done: int, total: int | None = None) -> None:  # noqa: ARG002 - as a Watch is
        self.counts[what] = done
