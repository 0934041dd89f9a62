"""A server that says exactly the bytes it is told to."""

import json
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit


@dataclass(frozen=True)
class Heard:
    """A request as it came in; header names are in lower case."""

    target: str
    headers: Mapping[str, str]
    method: str = "GET"
    body: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.target).query).items()}


# Bytes are sent as they are and the connection is closed, unless they say keep-alive; a function is asked first.
Saying = bytes | Iterable[bytes]
Script = Saying | Callable[[Heard], Saying]


def said(
    body: bytes = b"",
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    *,
    length: int | None = None,
    keep_alive: bool = False,
) -> bytes:
    """A response in bytes; *length* is what its Content-Length says, -1 for nothing."""
    lines = {"Content-Length": str(len(body) if length is None else length), **(headers or {})}
    if length == -1:
        del lines["Content-Length"]
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    connection = "keep-alive" if keep_alive else "close"
    return f"HTTP/1.1 {status} Words\r\n{head}Connection: {connection}\r\n\r\n".encode() + body


def said_json(
    value: Any, headers: Mapping[str, str] | None = None, *, status: int = 200, keep_alive: bool = False
) -> bytes:
    about = {"Content-Type": "application/json", **(headers or {})}
    return said(json.dumps(value).encode(), status, about, keep_alive=keep_alive)


class FaultServer(socketserver.ThreadingTCPServer):
    """
    Says its script line by line, the last one again and again, and remembers what it heard.

    *connections* is how many were made, *ended* how many of them are over. With *tls*, it speaks that.
    """

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.tls = tls
        self.heard: list[Heard] = []
        self.connections = 0
        self.ended = 0
        self.stopping = threading.Event()
        self._script: list[Script] = [said()]
        self._said = threading.Lock()

    @property
    def port(self) -> int:
        port: int = self.server_address[1]
        return port

    @property
    def url(self) -> str:
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}"

    def says(self, *script: Script) -> None:
        """From now on say *script*, a line a request."""
        self._script = list(script)
        self.heard.clear()

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.tls is None:
            super().finish_request(request, client_address)
            return
        # Who does not believe us breaks off, and that is the client's affair.
        with suppress(OSError), self.tls.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def reply(self, heard: Heard) -> Saying:
        with self._said:
            self.heard.append(heard)
            line = self._script[min(len(self.heard), len(self._script)) - 1]
        return line(heard) if callable(line) else line

    def dripping(self, head: bytes) -> Iterator[bytes]:
        """*head*, and then a byte now and again, for ever."""
        yield head
        while not self.stopping.wait(0.02):
            yield b"x"

    def silence(self, _: Heard) -> Iterator[bytes]:
        """Nothing, for ever."""
        self.stopping.wait()
        yield b""


class _Handler(socketserver.StreamRequestHandler):
    server: FaultServer
    disable_nagle_algorithm = True

    def setup(self) -> None:
        self.server.connections += 1
        super().setup()

    def finish(self) -> None:
        super().finish()
        self.server.ended += 1

    def handle(self) -> None:
        with suppress(OSError):
            while heard := self._hear():
                saying = self.server.reply(heard)
                for piece in [saying] if isinstance(saying, bytes) else saying:
                    self.connection.sendall(piece)
                if not _keeps_alive(saying):
                    # Half closed, then read to the end: else what is unread would make the kernel take back what was
                    # said.
                    self.connection.shutdown(socket.SHUT_WR)
                    self.connection.recv(1)
                    return

    def _hear(self) -> Heard | None:
        first, *lines = [*iter(lambda: self.rfile.readline().decode("latin-1").rstrip("\r\n"), "")] or [""]
        if not first:
            return None
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        method, target, _ = first.split(" ")
        return Heard(target, headers, method, self.rfile.read(int(headers.get("content-length", 0))))


def _keeps_alive(saying: Saying) -> bool:
    return isinstance(saying, bytes) and b"\r\nConnection: keep-alive\r\n" in saying[:2_000]


@contextmanager
def fault_server(tls: ssl.SSLContext | None = None) -> Iterator[FaultServer]:
    with FaultServer(tls) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.005,), daemon=True)
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
