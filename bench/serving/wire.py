"""Just enough HTTP/1.1 for measuring: connections are kept, bodies have a length, nothing is checked."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked. Header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The path, without the query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The parameters; of several with one name the last."""
        query = parse_qs(urlsplit(self.target).query, keep_blank_values=True)
        return {name: values[-1] for name, values in query.items()}


@dataclass(frozen=True, slots=True)
class Response:
    """What is answered: *body* in pieces, so that none needs to be copied to be part of a larger one."""

    body: Sequence[bytes | bytearray] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> list[bytes | bytearray]:
        """Return it as it goes over the wire."""
        fields = {"Content-Length": str(sum(map(len, self.body))), **self.headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return [f"HTTP/1.1 {self.status} Words\r\n{lines}\r\n".encode(), *self.body]


class Service(Protocol):
    """Something that answers."""

    def answer(self, request: Request) -> Response:
        """Return what to say to *request*."""


class Connection(asyncio.Protocol):
    """One connection, whose requests *service* answers, each *latency* seconds after it came."""

    def __init__(self, service: Service, latency: float) -> None:
        self._service = service
        self._latency = latency
        self._heard = bytearray()
        self._head: Request | None = None
        self._length = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - asyncio's own types are that loose
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer all requests that are whole by now."""
        self._heard += data
        while (request := self._next()) is not None:
            asyncio.get_running_loop().call_later(self._latency, self._say, request)

    def _next(self) -> Request | None:
        if self._head is None:
            end = self._heard.find(b"\r\n\r\n")
            if end < 0:
                return None
            self._head = _head(self._heard[:end].decode("latin-1"))
            self._length = int(self._head.headers.get("content-length", "0"))
            del self._heard[: end + 4]
        if len(self._heard) < self._length:
            return None
        head, self._head = self._head, None
        body = bytes(self._heard[: self._length])
        del self._heard[: self._length]
        return Request(head.method, head.target, head.headers, body)

    def _say(self, request: Request) -> None:
        if not self._transport.is_closing():
            self._transport.writelines(self._service.answer(request).encoded())


def _head(text: str) -> Request:
    first, *lines = text.split("\r\n")
    method, target, _ = first.split(" ")
    named = (line.partition(":") for line in lines)
    return Request(method, target, {name.lower(): value.strip() for name, _, value in named}, b"")


async def serve(service: Service, latency: float) -> None:
    """Serve on a port that is free, and print the address."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(service, latency), "127.0.0.1", backlog=512)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()
