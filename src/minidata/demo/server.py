"""
The network around the bundled API: HTTP/1.1 with connections kept alive, a thread for each.

    with serve(DemoShop(orders=5_000), api_key=DEMO_KEY) as api:
        print(api.url)
        api.wait()
"""

import errno
import re
import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import quote

from minidata.core.errors import ConfigError
from minidata.demo.endpoints import PREFIX, Endpoints, Reply, Request, error
from minidata.demo.records import DemoShop

__all__ = ["DEFAULT_PORT", "DEMO_KEY", "DemoApi", "DemoShop", "serve"]

DEFAULT_PORT = 8765
# What `.env.example` names: the demo guards nothing.
DEMO_KEY = "demo-key-not-secret"

Log = Callable[[str], None]

_HOST = re.compile(r"[A-Za-z0-9.\-\[\]:]{1,255}\Z")


def silent(line: str) -> None:
    """Log nothing."""


@dataclass(frozen=True, slots=True)
class DemoApi:
    """An API that is being served."""

    url: str
    _thread: threading.Thread

    def wait(self) -> None:
        """Wait for as long as it is served; Ctrl-C ends the waiting with KeyboardInterrupt."""
        self._thread.join()


@contextmanager
def serve(  # noqa: PLR0913 - each is a setting of its own, given by name
    shop: DemoShop,
    *,
    api_key: str = DEMO_KEY,
    host: str = "127.0.0.1",
    port: int = 0,
    compress: bool = True,
    log: Log = silent,
) -> Iterator[DemoApi]:
    """
    Serve *shop* while the block runs; *port* 0 takes any that is free, ``api.url`` has the one it became.

    With *compress*, who accepts gzip gets it. *log* is called with a line for each request, from the request's thread.
    Raises ConfigError when the address cannot be had. Afterwards the port is free and no thread is left.
    """
    handler = partial(_Handler, Endpoints(shop, api_key, compress), log=log)
    with _listening(host, port, handler) as server:
        # Asked often whether to stop: nobody should wait half a second for the end of a block.
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="demo-api", daemon=True)
        thread.start()
        try:
            yield DemoApi(server.origin + PREFIX, thread)
        finally:
            server.shutdown()
            server.hang_up()
            thread.join()


def _listening(host: str, port: int, handler: Any) -> "_Server":
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return _Server(family, (host, port), handler)
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE:
            hint = "stop what listens there, or take another port"
            raise ConfigError(f"port {port} on {host} is taken", hint=hint) from None
        raise ConfigError(
            f"cannot listen on {host}, port {port}: {exc.strerror}", hint="take another address"
        ) from None
    except OverflowError:
        raise ConfigError(f"{port} is no port", hint="take one between 1 and 65535, or 0 for any") from None


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Not http.server's own: that one asks DNS for its name, and shares its port with others on newer Pythons."""

    allow_reuse_address = sys.platform != "win32"  # there it would let two servers have one port
    block_on_close = False  # see hang_up
    request_queue_size = 128

    def __init__(self, family: socket.AddressFamily, address: tuple[str, int], handler: Any) -> None:
        self.address_family = family
        self._open: dict[threading.Thread, socket.socket] = {}
        super().__init__(address, handler)

    @property
    def origin(self) -> str:
        """Where this server is found, as ``http://host:port``."""
        host, port, *_ = self.socket.getsockname()
        return f"http://[{host}]:{port}" if self.address_family == socket.AF_INET6 else f"http://{host}:{port}"

    def hang_up(self) -> None:
        """End the connections that clients keep alive, and their threads."""
        for thread, connection in list(self._open.items()):
            with suppress(OSError):  # the client was faster
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=5)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a new connection in a thread of its own, as ThreadingMixIn does, and remember both."""
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        self._open[thread] = request
        thread.start()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            del self._open[threading.current_thread()]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away; anything else is a bug and keeps its traceback."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Carries requests to the Endpoints and replies back."""

    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "minidata-demo"
    sys_version = ""
    timeout = 75  # seconds a connection may be idle
    disable_nagle_algorithm = True  # else each reply on a kept connection waits for the client's delayed ACK

    def __init__(self, endpoints: Endpoints, *args: Any, log: Log) -> None:
        self._endpoints = endpoints
        self._log = log
        super().__init__(*args)

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def do_PATCH(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002 - not ours
        """Answer what http.server itself refuses (no HTTP, a line too long, …) in our words instead of in HTML."""
        self.close_connection = True
        status = HTTPStatus(code)
        self._send(error(status, status.phrase.lower().replace(" ", "_"), message or status.phrase))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - not ours
        """Say nothing: `_send` logs each reply once."""

    def _answer(self) -> None:
        headers = {name.lower(): value.strip() for name, value in self.headers.items()}
        if "content-length" in headers or "transfer-encoding" in headers:
            # A body is not read, so what comes next on this connection is no request.
            self.close_connection = True
        self._send(self._endpoints.reply(Request(self.command, self.path, headers, self._origin())))

    def _send(self, reply: Reply) -> None:
        """Send head and body in one write, so that they share their packets; log that."""
        body = b"" if self.command == "HEAD" else reply.body
        self.wfile.write(self._head(reply) + body)
        target = quote(getattr(self, "path", ""), safe="/?&=%:,+-_.~")  # nothing that a terminal would obey
        self._log(f"{self.command or '?'} {target} {reply.status.value} {len(body)} bytes")

    def _head(self, reply: Reply) -> bytes:
        headers = {"Server": self.server_version, "Date": self.date_time_string(), **reply.headers}
        if reply.status != HTTPStatus.NOT_MODIFIED:
            headers["Content-Length"] = str(len(reply.body))
        if self.close_connection:
            headers["Connection"] = "close"
        lines = [f"HTTP/1.1 {reply.status.value} {reply.status.phrase}", *(f"{k}: {v}" for k, v in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode("ascii")

    def _origin(self) -> str:
        """Return where the client found us, so that addresses in replies are of the same origin."""
        host = self.headers.get("Host", "")
        return f"http://{host}" if _HOST.match(host) else self.server.origin
