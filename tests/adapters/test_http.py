"""The HTTP door, against a server that says exactly what it is told to."""

import gzip
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from faults import FaultServer, Heard, Onlooker, Saying, TurnedClock, closed_port, fault_server, said, said_json
from minidata.adapters.http import Api
from minidata.core.auths import ApiKey, Auth, Bearer
from minidata.core.errors import ConfigError, RefusedError, SourceError
from minidata.core.exchange import Answer, Ask
from minidata.core.rows import Row
from minidata.core.secrets import Redactor
from minidata.core.settings import HttpSection
from minidata.core.source import Source, Stream

SECRET = "s3cr3t/k+y"
HEADER = ApiKey(header="X-Api-Key", secret="SHOP_API_KEY")
PARAM = ApiKey(param="api_key", secret="SHOP_API_KEY")
BODY = json.dumps([{"id": number} for number in range(40)]).encode()


class Order(Row):
    id: int


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with fault_server() as server:
        yield server


class Desk:
    """Asks a server through the door, on a clock that does not wait."""

    def __init__(self, base_url: str, auth: Auth | None = None, headers: dict[str, str] | None = None) -> None:
        self.base_url = base_url
        stream = Stream("orders", path="/orders", row=Order)
        self.source = Source("shop", base_url, (stream,), auth, headers or {})
        self.clock = TurnedClock()
        self.watch = Onlooker()

    def get(self, path: str = "/orders", params: dict[str, str | int] | None = None, **settings: Any) -> Answer:
        api = Api(
            source=self.source,
            secrets={name: SecretStr(SECRET) for name in self.source.auth.secrets} if self.source.auth else {},
            settings=HttpSection(**settings),
            agent="minidata/1",
            redact=Redactor([SECRET]),
            clock=self.clock,
            watch=self.watch,
        )
        with api:
            return api.get(Ask(path if "://" in path else self.base_url + path, params or {}))


@pytest.fixture
def desk(server: FaultServer) -> Desk:
    return Desk(server.url)


def test_an_answer_is_the_body_and_what_was_said_about_it(server: FaultServer, desk: Desk) -> None:
    about = {
        "Content-Type": "text/html",
        "ETag": '"a"',
        "Last-Modified": "then",
        "Date": "Sun, 01 Mar 2026 12:00:00 GMT",
    }
    server.says(said(BODY, headers=about))

    answer = desk.get()

    assert (answer.status, answer.body, answer.url) == (200, BODY, f"{server.url}/orders")
    assert (answer.content_type, answer.etag, answer.last_modified) == ("text/html", '"a"', "then")
    assert answer.date == answer.fetched_at == desk.clock.at


def test_we_say_who_we_are_and_what_we_can_read(server: FaultServer, desk: Desk) -> None:
    desk.get("/orders?fixed=1", {"a b": "c&d", "n": 2})

    (heard,) = server.heard
    assert heard.target == "/orders?fixed=1&a%20b=c%26d&n=2"
    assert heard.headers["user-agent"] == "minidata/1"
    assert heard.headers["accept-encoding"] == "gzip"


def test_headers_of_the_source_are_sent(server: FaultServer) -> None:
    Desk(server.url, headers={"accept": "text/csv", "X-Version": "3", "Accept-Encoding": "br"}).get()

    (heard,) = server.heard
    assert (heard.headers["accept"], heard.headers["x-version"]) == ("text/csv", "3")
    assert heard.headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("auth", "sent"),
    [(HEADER, ("x-api-key", SECRET)), (Bearer(secret="TOKEN"), ("authorization", f"Bearer {SECRET}"))],
)
def test_a_secret_goes_into_its_header(server: FaultServer, auth: Auth, sent: tuple[str, str]) -> None:
    Desk(server.url, auth).get()

    assert sent in server.heard[0].headers.items()


def test_a_secret_goes_into_its_parameter_and_no_further(server: FaultServer) -> None:
    answer = Desk(server.url, PARAM).get("/orders?api_key=echoed&page=2")

    assert server.heard[0].query == {"api_key": SECRET, "page": "2"}
    assert answer.url == f"{server.url}/orders?page=2"


def test_a_secret_that_no_header_can_carry_is_told(server: FaultServer) -> None:
    desk = Desk(server.url, HEADER)
    with pytest.raises(ConfigError, match="the secret SHOP_API_KEY has a character in it"):
        Api(
            source=desk.source,
            secrets={"SHOP_API_KEY": SecretStr("line\nbreak")},
            settings=HttpSection(),
            agent="minidata/1",
            redact=Redactor(),
            clock=desk.clock,
            watch=desk.watch,
        )


def test_gzip_of_many_members_is_undone(server: FaultServer, desk: Desk) -> None:
    server.says(said(gzip.compress(BODY[:50]) + gzip.compress(BODY[50:]), headers={"Content-Encoding": "gzip"}))

    answer = desk.get()

    assert (answer.body, answer.content_encoding) == (BODY, "gzip")


@pytest.mark.parametrize("length", [None, -1])
def test_gzip_cut_anywhere_is_no_answer(server: FaultServer, desk: Desk, length: int | None) -> None:
    whole = gzip.compress(BODY)
    for end in range(1, len(whole), 11):
        server.says(said(whole[:end], headers={"Content-Encoding": "gzip"}, length=length))

        with pytest.raises(SourceError, match=r"the gzip body ends too soon \(asked 2 times\)"):
            desk.get(attempts=2)


@pytest.mark.parametrize(
    ("saying", "told"),
    [
        (said(BODY, headers={"Content-Encoding": "gzip"}), "the body is not gzip"),
        (said(gzip.compress(BODY)[:-1] + b"!", headers={"Content-Encoding": "gzip"}), "the gzip body is damaged"),
        (said(BODY, headers={"Content-Encoding": "br"}), "cannot decode Content-Encoding 'br'"),
        (said(BODY, length=len(BODY) + 9), "breaks off"),
        (said(BODY, headers={"Content-Length": "10", "content-length": "11"}), "breaks off"),
        (said(BODY, headers={"Transfer-Encoding": "chunked"}), "sends both a Content-Length and a Transfer-Encoding"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1,2,\r\n", "breaks off"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "breaks off"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n", "breaks off"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "breaks off"),
        (b"", "breaks off"),
        (said(status=206, body=BODY), "answers 206 Partial Content"),
        (said(status=304), "answers 304 Not Modified"),
        (said(status=999), "answers 999"),
    ],
)
def test_what_is_no_whole_answer_is_told(server: FaultServer, desk: Desk, saying: bytes, told: str) -> None:
    server.says(saying)

    with pytest.raises(SourceError) as caught:
        desk.get(attempts=2)

    assert str(caught.value).startswith(f"{server.url}/orders {told}")
    assert "\n" not in str(caught.value)


def test_a_body_with_no_length_is_taken_when_it_is_json(server: FaultServer, desk: Desk) -> None:
    server.says(said(BODY, length=-1))

    assert desk.get().body == BODY
    assert len(server.heard) == 1


def test_a_body_with_no_length_that_is_cut_is_asked_for_again(server: FaultServer, desk: Desk) -> None:
    server.says(said(BODY[:-9], length=-1), said(b"", length=-1), said(BODY, length=-1))

    assert desk.get().body == BODY
    assert len(server.heard) == 3


def test_a_body_with_no_length_that_stays_so_is_handed_on(server: FaultServer, desk: Desk) -> None:
    server.says(said(b"<html>no", length=-1))

    assert desk.get(attempts=3).body == b"<html>no"
    assert len(server.heard) == 3


def test_no_content_is_an_empty_answer(server: FaultServer, desk: Desk) -> None:
    server.says(said(status=204, length=-1))

    assert (desk.get().status, desk.get().body) == (204, b"")


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_a_body_beyond_the_limit_is_refused_at_once(server: FaultServer, desk: Desk, encoding: str) -> None:
    body = bytes(100_000)
    server.says(said(gzip.compress(body) if encoding else body, headers={"Content-Encoding": encoding}))

    with pytest.raises(SourceError, match="the body is larger than 50,000 bytes") as caught:
        desk.get(max_body=50_000)
    assert "http.max_body" in caught.value.hint
    assert len(server.heard) == 1


def test_a_server_that_drips_its_body_meets_the_deadline(server: FaultServer, desk: Desk) -> None:
    server.says(lambda _: server.dripping(said(length=1_000_000)))

    with pytest.raises(SourceError, match=r"does not answer within 0.2 s \(asked 2 times\)"):
        desk.get(deadline=0.2, attempts=2)


def test_a_server_that_drips_its_headers_meets_the_deadline(server: FaultServer, desk: Desk) -> None:
    server.says(lambda _: server.dripping(b"HTTP/1.1 200 OK\r\nX-Slow: "))

    with pytest.raises(SourceError, match=r"does not answer within 0.2 s"):
        desk.get(deadline=0.2, attempts=1)


def test_a_server_that_says_nothing_meets_the_timeout(server: FaultServer, desk: Desk) -> None:
    def silence(_: Heard) -> Iterator[bytes]:
        server.stopping.wait()
        yield b""

    server.says(silence)

    with pytest.raises(SourceError, match=r"does not answer within 0.1 s"):
        desk.get(timeout=0.1, attempts=1)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 522])
def test_what_passes_is_asked_again(server: FaultServer, desk: Desk, status: int) -> None:
    server.says(said(status=status), said(status=status), said(BODY))

    assert desk.get().body == BODY
    assert (len(server.heard), desk.clock.slept) == (3, [0.5, 1.0])


def test_a_server_that_says_when_is_not_asked_earlier(server: FaultServer, desk: Desk) -> None:
    server.says(said(status=429, headers={"Retry-After": "2"}), said(BODY))

    desk.get()

    assert desk.clock.slept == [2.0]
    assert desk.watch.notes == [f"{server.url}/orders answers 429 Too Many Requests, again in 2.0 s"]


def test_a_server_that_wants_more_patience_than_we_have_is_left_at_once(server: FaultServer, desk: Desk) -> None:
    server.says(said(status=429, headers={"Retry-After": "999999"}))

    with pytest.raises(
        SourceError, match=r"answers 429 Too Many Requests \(asked once, retry after 2026-03-13 .* UTC\)"
    ):
        desk.get()
    assert (len(server.heard), desk.clock.slept) == (1, [])


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422, 501])
def test_what_does_not_pass_is_asked_once(server: FaultServer, desk: Desk, status: int) -> None:
    server.says(said(b'{"error": "bad thing"}', status=status))

    with pytest.raises(SourceError, match=f"answers {status} .*bad thing"):
        desk.get()
    assert len(server.heard) == 1


@pytest.mark.parametrize(
    ("auth", "status", "hint"),
    [
        (HEADER, 401, "is the secret SHOP_API_KEY right?"),
        (PARAM, 403, "is the secret SHOP_API_KEY right?"),
        (None, 401, "the API wants a key: give the source an auth="),
        (None, 404, "look at the source's base_url and the stream's path"),
    ],
)
def test_a_refusal_says_what_to_look_at(server: FaultServer, auth: Auth | None, status: int, hint: str) -> None:
    server.says(said(status=status))

    with pytest.raises(SourceError) as caught:
        Desk(server.url, auth).get()
    assert caught.value.hint == hint


@pytest.mark.parametrize("auth", [HEADER, PARAM, Bearer(secret="TOKEN")])
@pytest.mark.parametrize("status", [302, 401, 500])
def test_no_error_has_the_secret_in_it(server: FaultServer, auth: Auth, status: int) -> None:
    def echo(heard: Heard) -> Saying:
        body = f"you sent {heard.target} {dict(heard.headers)} {SECRET}".encode()
        return said(body, status, {"Location": f"https://evil.example/?api_key={SECRET}"})

    server.says(echo)
    desk = Desk(server.url, auth)

    with pytest.raises(SourceError) as caught:
        desk.get(attempts=2)

    seen = f"{caught.value} {caught.value.hint} {desk.watch.notes}"
    for spelling in (SECRET, "s3cr3t%2Fk%2By", "s3cr3t"):
        assert spelling not in seen


def test_an_error_s_body_that_cannot_be_decoded_does_not_hide_the_error(server: FaultServer, desk: Desk) -> None:
    server.says(said(b"\x0b\x02", status=404, headers={"Content-Encoding": "br"}))

    with pytest.raises(SourceError, match=r"answers 404 Not Found$"):
        desk.get()


def test_a_secret_that_is_cut_in_two_is_masked_before(server: FaultServer) -> None:
    server.says(said(b"x" * 195 + SECRET.encode(), status=400))

    with pytest.raises(SourceError) as caught:
        Desk(server.url, HEADER).get("/orders?" + "x" * (185 - len(server.url)) + SECRET)

    assert "s3c" not in str(caught.value)


def test_an_error_s_body_is_shown_short_and_harmless(server: FaultServer, desk: Desk) -> None:
    server.says(said(b"no\n\x1b[31mred\x00\xff" + b"x" * 5_000, status=400))

    with pytest.raises(SourceError) as caught:
        desk.get()

    assert r"answers 400 Bad Request: no \x1b[31mred\x00" in str(caught.value)
    assert len(str(caught.value)) < 300


def test_an_api_that_is_down_is_told_after_all_attempts() -> None:
    desk = Desk(f"http://127.0.0.1:{closed_port()}")

    with pytest.raises(SourceError, match=r"does not answer \(.*Connection refused\) \(asked 5 times\)"):
        desk.get()
    assert desk.clock.slept == [0.5, 1, 2, 4]


def test_a_host_that_nobody_knows_is_told() -> None:
    with pytest.raises(SourceError, match=r"http://shop.invalid/orders does not answer"):
        Desk("http://shop.invalid").get(attempts=2)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_within_the_origin_is_followed(server: FaultServer, status: int) -> None:
    server.says(said(status=status, headers={"Location": "/elsewhere?page=1&api_key=echoed"}), said(BODY))

    answer = Desk(server.url, PARAM).get(params={"page": 1})

    assert (answer.body, answer.url) == (BODY, f"{server.url}/elsewhere?page=1")
    assert [heard.query for heard in server.heard] == [{"page": "1", "api_key": SECRET}] * 2


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{other}/",
        "//127.0.0.1:{other}/",
        "https://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://user:word@127.0.0.1:{port}/",
        "http://2130706433:{port}/",
        "http:\\\\127.0.0.1:{other}/",
        "file:///etc/passwd",
    ],
)
def test_a_redirect_to_another_origin_is_not_followed(server: FaultServer, location: str) -> None:
    with fault_server() as other:
        port, there = server.server_address[1], other.server_address[1]
        server.says(said(status=302, headers={"Location": location.format(port=port, other=there)}))

        with pytest.raises(SourceError, match="redirects to"):
            Desk(server.url, HEADER).get()

        assert (len(server.heard), other.heard) == (1, [])


@pytest.mark.parametrize(("location", "requests"), [("/orders", 6), ("", 6)])
def test_redirects_come_to_an_end(server: FaultServer, desk: Desk, location: str, requests: int) -> None:
    server.says(said(status=302, headers={"Location": location}))

    with pytest.raises(SourceError, match="redirects more than 5 times"):
        desk.get()
    assert len(server.heard) == requests


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{other}/", "http://user@127.0.0.1:{port}/", "http://localhost:{port}/"]
)
def test_the_door_opens_to_its_own_origin_alone(server: FaultServer, url: str) -> None:
    with fault_server() as other:
        asked = url.format(port=server.server_address[1], other=other.server_address[1])

        with pytest.raises(RefusedError, match="is not at the origin of shop's base_url|has a user in it"):
            Desk(server.url, HEADER).get(asked)

        assert server.heard == other.heard == []


def test_no_cookie_comes_back(server: FaultServer, desk: Desk) -> None:
    server.says(said(status=302, headers={"Set-Cookie": "a=b; Path=/", "Location": "/x"}), said(BODY))

    desk.get()

    assert "cookie" not in server.heard[1].headers


def test_nothing_is_logged(server: FaultServer, caplog: pytest.LogCaptureFixture) -> None:
    server.says(said_json([]))

    with caplog.at_level(logging.DEBUG):
        Desk(server.url, PARAM).get()

    assert [record.name for record in caplog.records if record.name.startswith("http")] == []


def test_a_proxy_of_the_environment_is_asked_instead(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.setenv("no_proxy", "direct.example")
    server.says(said(BODY))

    assert Desk("http://api.example").get().body == BODY
    assert server.heard[0].target == "http://api.example/orders"


def test_what_is_on_this_machine_has_no_proxy(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
    server.says(said(BODY))

    assert Desk(server.url).get(attempts=1).body == BODY


def test_a_proxy_that_cannot_be_used_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"ftp://user:{SECRET}@proxy.example")
    monkeypatch.delenv("no_proxy", raising=False)

    with pytest.raises(ConfigError, match="the proxy that the environment names cannot be used") as caught:
        Desk("http://api.example").get()
    assert SECRET not in f"{caught.value} {caught.value.hint}"
