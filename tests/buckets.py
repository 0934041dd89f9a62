"""S3 on loopback, and a bad line to it: what is asked goes through, unless the line was told otherwise."""

import http.client
import logging
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_hex
from urllib.parse import urlsplit

from minidata.core.settings import StoreSection

# What the line does with a request instead of passing it on.
Fault = Callable[["Line"], None]


@dataclass(frozen=True)
class S3:
    """A server that speaks as S3 does."""

    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def bucket(self) -> StoreSection:
        """Return the settings of a new, empty bucket, with a prefix in it."""
        name = f"bucket-{token_hex(4)}"
        self.ask("PUT", f"/{name}")
        return StoreSection(url=f"s3://{name}/some/where", endpoint=self.url, region="us-east-1")

    def ask(self, method: str, path: str, body: bytes = b"") -> bytes:
        """Ask it directly, as nobody: it believes everybody."""
        connection = http.client.HTTPConnection(self.host, self.port)
        connection.request(method, path, body)
        answer = connection.getresponse().read()
        connection.close()
        return answer


@contextmanager
def serving_s3() -> Iterator[S3]:
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - half a second, and few tests want it

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        yield S3(*server.get_host_and_port())
    finally:
        server.stop()


def plant(url: str, keys: Iterable[str]) -> None:
    """Have empty objects at *keys* of the bucket at *url*, without asking a thousand times."""
    from moto.s3.models import s3_backends  # noqa: PLC0415 - as above

    parts = urlsplit(url)
    for key in keys:
        s3_backends["123456789012"]["aws"].put_object(parts.netloc, f"{parts.path.strip('/')}/{key}", b"")


def refusal(status: int, code: str, message: str = "because") -> Fault:
    """Refuse as S3 does; like S3, quote what was sent."""

    def refuse(line: "Line") -> None:
        sent = line.headers.get("x-amz-security-token", "")
        xml = (
            f"<Error><Code>{code}</Code><Message>{message}</Message><CanonicalRequest>{sent}</CanonicalRequest></Error>"
        )
        line.say(status, xml.encode())

    return refuse


def cut(line: "Line") -> None:
    """Break the connection before anything is done."""
    line.hang_up()


def done_but_cut(line: "Line") -> None:
    """Do what is asked, and break the connection before saying so."""
    line.passed_on()
    line.hang_up()


def bad_line_to(s3: S3) -> "BadLine":
    line = BadLine(s3)
    threading.Thread(target=line.serve_forever, args=(0.02,), daemon=True).start()
    return line


class BadLine(ThreadingHTTPServer):
    """Passes requests on to *s3*; the next ones that are like ``PUT`` meet the faults that are planned for them."""

    daemon_threads = True

    def __init__(self, s3: S3) -> None:
        super().__init__(("127.0.0.1", 0), Line)
        self.s3 = s3
        self.heard: list[str] = []
        self.faults: dict[str, list[Fault]] = {}
        # Whether S3 hears of conditions.
        self.conditions = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def plans(self, method: str, *faults: Fault) -> None:
        """Let the next requests with *method* meet *faults*, one each."""
        self.faults[method] = list(faults)
        self.heard.clear()


class Line(BaseHTTPRequestHandler):
    """One connection."""

    server: BadLine
    protocol_version = "HTTP/1.1"

    def handle_request(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.server.heard.append(self.command)
        faults = self.server.faults.get(self.command)
        if faults:
            faults.pop(0)(self)
        else:
            status, headers, body = self.passed_on()
            self.say(status, body, headers)

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = handle_request  # noqa: N815 - http.server's way

    def passed_on(self) -> tuple[int, dict[str, str], bytes]:
        s3 = self.server.s3
        headers = {name.lower(): value for name, value in self.headers.items()}
        if not self.server.conditions:
            headers.pop("if-none-match", None)
        connection = http.client.HTTPConnection(s3.host, s3.port)
        connection.request(self.command, self.path, self.body, {**headers, "host": f"{s3.host}:{s3.port}"})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body

    def say(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        """Answer, in one piece: two would wait for each other."""
        given = headers or {"content-length": str(len(body))}
        lines = "".join(f"{name}: {value}\r\n" for name, value in given.items() if name != "connection")
        self.wfile.write(f"HTTP/1.1 {status} Words\r\n{lines}\r\n".encode() + body)

    def hang_up(self) -> None:
        """Break the connection the hard way."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def log_message(self, *_: object) -> None:
        """Say nothing."""
