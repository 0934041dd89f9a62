"""
A changing API: a table of records that changes between requests and during them, served in every way that APIs page.

Its clock is its own and stands still until it is turned, by a test or by the changes themselves. The table remembers
every record it ever held: the reference set against which an ingest is judged.
"""

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from faults.shapes import Shape
from faults.tables import Table

Send = Callable[[bytes], None]
# How the answer to request number n (from 1) is delivered: all of it, a part, or something else.
Deliver = Callable[[int, bytes, Send], None]


def honest(_: int, response: bytes, send: Send) -> None:
    """Deliver the whole answer."""
    send(response)


class ChangingApi(socketserver.ThreadingTCPServer):
    """Serves a Table in a Shape on loopback. *change* is called at each request, before it is answered."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.lock = threading.Lock()
        self.serves(Table(), Shape())

    def serves(self, table: Table, shape: Shape, change: Callable[[], None] = lambda: None) -> None:
        """From now on serve *table* in *shape*."""
        self.table, self.shape, self.change = table, shape, change
        self.listens()

    def listens(self, deliver: Deliver = honest) -> None:
        """Forget what was asked, and count requests from 1 again; answers are delivered by *deliver*."""
        self.asked: list[dict[str, str]] = []
        self.deliver = deliver

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, asked: dict[str, str]) -> tuple[int, bytes]:
        """The request's number and its answer, in bytes."""
        with self.lock:
            self.asked.append(asked)
            self.change()
            return len(self.asked), self._said(asked)

    def _said(self, asked: dict[str, str]) -> bytes:
        shape, table = self.shape, self.table
        found = table.found(*(_moment(asked.get(name)) for name in ("since", "until")))
        page, following = self._after(found, asked) if shape.keeps_place else self._at(sorted(found), asked)
        records = [table.rows[one] for one in page]
        head = [f"Date: {format_datetime(table.now.replace(microsecond=0), usegmt=True)}"]
        envelope: dict[str, Any] = {"data": records, "total": len(found)}
        if following is not None:
            link = f"{self.url}/items?{urlencode({**asked, 'cursor': following})}"
            head.append(f'Link: <{link}>; rel="next"')
            envelope |= {"next_cursor": following, "next": link}
        lines = "".join(json.dumps(record) + "\n" for record in records)
        body = (lines if shape.lines else json.dumps(envelope)).encode()
        head += [f"Content-Length: {len(body)}", "Content-Type: application/json"]
        return "\r\n".join(["HTTP/1.1 200 OK", *head, "", ""]).encode() + body

    def _after(self, found: list[int], asked: dict[str, str]) -> tuple[list[int], str | None]:
        """The page that begins behind the record that the cursor tells."""
        moments, size, back = self.table.moments, self.shape.size, self.shape.newest_first
        if cursor := asked.get("cursor"):
            moment, _, serial = cursor.rpartition("/")
            place = (datetime.fromisoformat(moment), int(serial))
            found = [one for one in found if ((moments[one], one) < place if back else (moments[one], one) > place)]
        page = found[::-1][:size] if back else found[:size]
        return page, f"{moments[page[-1]].isoformat()}/{page[-1]}" if len(found) > size else None

    def _at(self, found: list[int], asked: dict[str, str]) -> tuple[list[int], None]:
        """The page at a number or an offset."""
        size = self.shape.size
        begin = int(asked["offset"]) if "offset" in asked else size * (int(asked.get("page", 1)) - 1)
        return found[begin : begin + size], None


class _Connection(socketserver.StreamRequestHandler):
    """One connection: any number of requests."""

    server: ChangingApi
    disable_nagle_algorithm = True

    def handle(self) -> None:
        with suppress(ConnectionError):
            while (asked := self._heard()) is not None:
                number, response = self.server.answer(asked)
                self.server.deliver(number, response, self.connection.sendall)

    def _heard(self) -> dict[str, str] | None:
        head = list(iter(lambda: self.rfile.readline().decode("latin-1").rstrip("\r\n"), ""))
        return self._asked(head[0], head[1:]) if head else None

    def _asked(self, first: str, lines: list[str]) -> dict[str, str]:
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = json.loads(self.rfile.read(int(headers.get("content-length", 0))) or b"{}")
        query = parse_qs(urlsplit(first.split(" ")[1]).query)
        return {name: values[-1] for name, values in query.items()} | {name: str(one) for name, one in body.items()}


@contextmanager
def changing_api() -> Iterator[ChangingApi]:
    with ChangingApi() as api:
        thread = threading.Thread(target=api.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield api
        finally:
            api.shutdown()
            thread.join()


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    if text.replace(".", "", 1).isdecimal():
        return datetime.fromtimestamp(float(text), UTC)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
