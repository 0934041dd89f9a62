"""The bundled API as an HTTP server: keys, errors, validators, compression, and its end."""

import gzip
import http.client
import json
import socket
import threading
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from minidata.core.errors import ConfigError
from minidata.demo.records import DemoShop
from minidata.demo.server import serve

SMALL = DemoShop(orders=40)


def error_of(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def address_of(client: httpx.Client) -> tuple[str, int]:
    return client.base_url.host, client.base_url.port or 0


def sent(address: tuple[str, int], request: bytes) -> bytes:
    """Send *request* as it is and return all that comes back until the server closes."""
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.parametrize(
    ("key", "expected"),
    [("", (401, "missing_api_key")), ("another", (403, "wrong_api_key")), ("the key\u00e9", (403, "wrong_api_key"))],
)
def test_a_key_is_required(client: httpx.Client, key: str, expected: tuple[int, str]) -> None:
    assert error_of(client.get("/orders", headers=[(b"X-Api-Key", key.encode())])) == expected


def test_without_a_key_nobody_learns_which_paths_there_are(client: httpx.Client) -> None:
    assert error_of(client.get("/nothing", headers={"X-Api-Key": ""})) == (401, "missing_api_key")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/nothing", (404, "not_found")),
        ("/orders/1", (404, "not_found")),
        ("/orders?limit=0", (400, "bad_parameter")),
        ("/orders?limit=1001", (400, "bad_parameter")),
        ("/orders?limit=ten", (400, "bad_parameter")),
        ("/orders?limit=%D9%A1", (400, "bad_parameter")),
        ("/orders?limit=1&limit=2", (400, "bad_parameter")),
        ("/orders?cursor=cGxhY2U6MQ", (400, "bad_parameter")),
        ("/orders?cursor=%00", (400, "bad_parameter")),
        ("/orders?page=2", (400, "bad_parameter")),
        ("/orders?updated_since=yesterday", (400, "bad_parameter")),
        ("/orders?updated_since=2025-01-01T00:00:00", (400, "bad_parameter")),
        ("/customers?page=0", (400, "bad_parameter")),
        ("/customers?page=-1", (400, "bad_parameter")),
        ("/refunds?after=-1", (400, "bad_parameter")),
        ("/refunds?updated_since=2025-01-01T00:00:00Z", (400, "bad_parameter")),
        ("/products?page=1", (400, "bad_parameter")),
    ],
)
def test_what_will_not_do_is_told_in_json(client: httpx.Client, path: str, expected: tuple[int, str]) -> None:
    assert error_of(client.get(path)) == expected


@pytest.mark.parametrize(
    "path",
    [
        "/orders?updated_since=0001-01-01T00:00:00%2B14:00",
        "/orders?updated_since=9999-12-31T23:59:59-14:00",
        "/customers?updated_since=0001-01-01T00:00:00%2B14:00",
        "/customers?updated_since=9999-12-31T23:59:59-14:00",
        "/customers?page=999999999999",
        "/refunds?after=999999999999",
    ],
)
def test_the_borders_of_parameters_are_no_errors(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_it_can_only_be_read(client: httpx.Client, method: str) -> None:
    response = client.request(method, "/orders", content=b"GET /v1/products HTTP/1.1\r\n\r\n")

    assert error_of(response) == (405, "method_not_allowed")
    assert (response.headers["allow"], response.headers["connection"]) == ("GET, HEAD", "close")


@pytest.mark.parametrize("path", ["/products", "/orders?limit=3", "/customers?per_page=3", "/refunds?limit=3"])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_what_one_has_already_is_not_sent_again(client: httpx.Client, path: str, coding: str) -> None:
    first = client.get(path, headers={"Accept-Encoding": coding})
    etag = first.headers["etag"]
    again = client.get(path, headers={"Accept-Encoding": coding, "If-None-Match": f'"other", W/{etag}'})
    other = client.get(path, headers={"Accept-Encoding": coding, "If-None-Match": '"other"'})

    assert etag.startswith('"')
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert (other.status_code, other.content) == (200, first.content)


def test_another_body_has_another_etag(client: httpx.Client) -> None:
    paths = ["/products", "/orders?limit=30", "/orders?limit=31"]
    codings = ["identity", "gzip"]

    etags = [client.get(p, headers={"Accept-Encoding": c}).headers["etag"] for p in paths for c in codings]

    assert len({*etags}) == 6


@pytest.mark.parametrize(
    ("accepts", "coding"),
    [
        ("gzip, deflate", "gzip"),
        ("*", "gzip"),
        ("br, GZIP;q=0.5", "gzip"),
        ("gzip; q=0.0", None),
        ("br", None),
        ("", None),
    ],
)
def test_who_accepts_gzip_gets_it(client: httpx.Client, accepts: str, coding: str | None) -> None:
    with client.stream("GET", "/products", headers={"Accept-Encoding": accepts}) as response:
        raw = b"".join(response.iter_raw())

    assert response.headers.get("content-encoding") == coding
    assert int(response.headers["content-length"]) == len(raw)
    assert json.loads(gzip.decompress(raw) if coding else raw)["data"]


def test_compression_can_be_switched_off() -> None:
    with serve(SMALL, api_key="k", compress=False) as api:
        response = httpx.get(f"{api.url}/products", headers={"X-Api-Key": "k"})

    assert "content-encoding" not in response.headers


def test_a_head_is_a_get_without_its_body(client: httpx.Client) -> None:
    get, head = client.get("/orders"), client.head("/orders")

    assert head.content == b""
    assert {**head.headers, "date": ""} == {**get.headers, "date": ""}


def test_a_connection_is_used_again(client: httpx.Client) -> None:
    connection = http.client.HTTPConnection(*address_of(client))
    connection.connect()
    own = connection.sock.getsockname()
    answers = []
    for path in ("/v1/orders", "/v1/nothing", "/v1/refunds"):
        connection.request("GET", path, headers={"X-Api-Key": "the key"})
        with connection.getresponse() as response:
            answers.append((response.status, bool(response.read())))
        assert connection.sock.getsockname() == own
    connection.close()

    assert answers == [(200, True), (404, True), (200, True)]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "shop.example:99"])
def test_the_next_page_is_where_the_client_found_us(client: httpx.Client, host: str) -> None:
    answer = client.get("/refunds", params={"limit": 1}, headers={"Host": host}).json()

    assert answer["next"] == f"http://{host}/v1/refunds?after=1&limit=1"


def test_a_host_that_is_none_is_not_repeated(client: httpx.Client) -> None:
    address = address_of(client)

    answer = sent(address, b"GET /v1/refunds?limit=1 HTTP/1.0\r\nHost: a/b?c\r\nX-Api-Key: the key\r\n\r\n")

    assert f"http://{address[0]}:{address[1]}/v1/refunds".encode() in answer


@pytest.mark.parametrize(
    ("request_line", "status"),
    [(b"nonsense\r\n\r\n", b"400"), (b"BREW / HTTP/1.1\r\n\r\n", b"501"), (b"GET /" + b"x" * 70_000, b"414")],
)
def test_what_is_no_request_gets_json_too(client: httpx.Client, request_line: bytes, status: bytes) -> None:
    answer = sent(address_of(client), request_line)

    assert answer.split()[1] == status
    assert b'{"error": {"code": "' in answer


def test_it_answers_many_at_the_same_time(client: httpx.Client) -> None:
    url, answers = f"{client.base_url}orders", []

    def ask() -> None:
        answers.append(httpx.get(url, headers={"X-Api-Key": "the key"}).json())

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 16
    assert all(answer == answers[0] for answer in answers)


def test_each_request_is_logged_once_and_no_key_is() -> None:
    lines: list[str] = []
    with serve(SMALL, api_key="a-secret-key", log=lines.append) as api:
        httpx.get(f"{api.url}/orders", headers={"X-Api-Key": "a-secret-key"})
        sent((urlsplit(api.url).hostname or "", urlsplit(api.url).port or 0), b"GET /\x1b[2J HTTP/1.0\r\n\r\n")

    # In any order: a line is written after the answer, by the thread that gave it.
    assert {line.rsplit(" ", 2)[0] for line in lines} == {"GET /v1/orders 200", "GET /%1B%5B2J 401"}
    assert len(lines) == 2
    assert "a-secret-key" not in "".join(lines)


def test_a_client_that_goes_away_leaves_no_word(capfd: pytest.CaptureFixture[str]) -> None:
    with serve(DemoShop(orders=3_000), api_key="k") as api:
        address = (urlsplit(api.url).hostname or "", urlsplit(api.url).port or 0)
        for _ in range(5):
            with socket.create_connection(address) as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # close with a reset
                connection.sendall(b"GET /v1/orders?limit=1000 HTTP/1.1\r\nX-Api-Key: k\r\n\r\n" * 3)

    assert capfd.readouterr() == ("", "")


def test_afterwards_the_port_is_free_and_no_thread_is_left() -> None:
    before = threading.enumerate()
    with httpx.Client(headers={"X-Api-Key": "k"}) as client:
        with serve(SMALL, api_key="k") as api:
            client.get(f"{api.url}/orders")  # and its connection stays open
        assert set(threading.enumerate()) <= set(before)
        with pytest.raises(httpx.ConnectError):
            client.get(f"{api.url}/orders")

    with serve(SMALL, api_key="k", port=urlsplit(api.url).port or 0) as again:
        assert again.url == api.url


def test_a_port_that_is_taken_is_one_clear_line() -> None:
    with serve(SMALL) as api:
        port = urlsplit(api.url).port or 0

        with (
            pytest.raises(ConfigError, match=f"^port {port} on 127.0.0.1 is taken$") as caught,
            serve(SMALL, port=port),
        ):
            pass

    assert caught.value.hint == "stop what listens there, or take another port"


@pytest.mark.parametrize("address", [{"host": "192.0.2.1"}, {"host": "name.invalid"}, {"port": 70_000}])
def test_an_address_that_cannot_be_had_is_one_clear_line(address: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught, serve(SMALL, **address):
        pass

    assert str(next(iter(address.values()))) in str(caught.value)
    assert caught.value.hint


def test_it_can_be_reached_over_ipv6() -> None:
    with serve(SMALL, api_key="k", host="::1") as api:
        assert httpx.get(f"{api.url}/orders", headers={"X-Api-Key": "k"}).status_code == 200


def test_waiting_ends_when_the_server_does() -> None:
    with serve(SMALL) as api:
        waiting = threading.Thread(target=api.wait)
        waiting.start()
        assert waiting.is_alive()
    waiting.join(timeout=10)

    assert not waiting.is_alive()
