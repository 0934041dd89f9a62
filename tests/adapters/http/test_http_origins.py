"""The HTTP door: where a request may lead, and what goes there."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from asking import BODY, HEADER, PARAM, SECRET, Desk
from faults import FaultServer, fault_server, said
from minidata.core.auths import ApiKey, Auth, Basic, Bearer, SignedBy
from minidata.core.errors import ConfigError, RefusedError, SourceError
from minidata.core.exchange import Ask
from minidata.core.fetching.addresses import BadAddress, followed


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

        with pytest.raises(RefusedError, match=r"is not at the origin of shop's base_url|has a user in it"):
            Desk(server.url, HEADER).get(asked)

        assert server.heard == other.heard == []


LEADS_AWAY = [
    # Another host, port or scheme, however it is spelled: where it would lead is in the one that is ours.
    "http://127.0.0.1:{sink}/{canary}",
    "//127.0.0.1:{sink}/{canary}",
    "///127.0.0.1:{sink}/{canary}",
    "////127.0.0.1:{sink}/",
    "http:///127.0.0.1:{sink}/",
    "http:127.0.0.1:{sink}",
    "https://127.0.0.1:{port}/",
    "https://127.0.0.1:{sink}/",
    "HTTP://127.0.0.1:{sink}/",
    "hTTp://LOCALHOST:{sink}/",
    "http://localhost:{sink}/",
    "http://localhost:{port}/",
    "http://localhost.:{sink}/",
    "http://localhost.localdomain:{sink}/",
    "http://127.0.0.1.:{sink}/",
    "http://127.0.0.1.nip.io:{sink}/",
    "http://127.0.0.1/",
    "http://127.0.0.1:80/",
    "http://127.0.0.1:0/",
    "http://127.0.0.1:{sink}",
    "http://127.0.0.1:{sink}?{canary}",
    "http://127.0.0.1:{sink}#{canary}",
    "http://127.0.0.1:00{sink}/",
    "http://127.0.0.1:+{sink}/",
    # The same machine, in the ways of inet_aton, of IPv6 and of other alphabets.
    "http://2130706433:{sink}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{sink}/",
    "http://0x7f.1:{sink}/",
    "http://0x7f.0.0.1:{port}/",
    "http://017700000001:{sink}/",
    "http://0177.0.0.1:{sink}/",
    "http://127.1:{sink}/",
    "http://127.0.1:{port}/",
    "http://0:{sink}/",
    "http://0.0.0.0:{sink}/",
    "http://127.0.0.2:{port}/",
    "http://[::1]:{sink}/",
    "http://[::]:{sink}/",
    "http://[::ffff:127.0.0.1]:{sink}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:{sink}/",
    "http://[::1%25lo]:{sink}/",
    "http://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460:{sink}/",
    "http://\uff11\uff12\uff17.0.0.1:{port}/",
    "http://127\u30020\u30020\u30021:{sink}/",
    "http://l\u043ecalhost:{sink}/",
    "http://\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3:{sink}/",
    "http://%31%32%37.0.0.1:{sink}/",
    # A user, and what one parser takes for a host and another does not.
    "http://user:word@127.0.0.1:{port}/",
    "http://user@127.0.0.1:{sink}/",
    "http://@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}@127.0.0.1:{sink}/",
    "http://127.0.0.1:{port}%40127.0.0.1:{sink}/",
    "http://127.0.0.1:{port}\\@127.0.0.1:{sink}/",
    "http:\\\\127.0.0.1:{sink}\\",
    "\\\\127.0.0.1:{sink}/",
    "/\\127.0.0.1:{sink}/",
    "http://127.0.0.1:{sink}\\/",
    "http://127.0.0.1:{port}&@127.0.0.1:{sink}#@x/",
    "http://127.0.0.1 :{sink}/",
    " http://127.0.0.1:{sink}/",
    "http://127.0.0.1:{sink}/ x",
    "ht\ttp://127.0.0.1:{sink}/",
    "http://127.0.0.1\x00:{sink}/",
    # What is not HTTP.
    "file:///etc/passwd",
    "ftp://127.0.0.1:{sink}/",
    "gopher://127.0.0.1:{sink}/_x",
    "javascript:fetch('//127.0.0.1:{sink}')",
    "data:application/json,[]",
    "ws://127.0.0.1:{port}/",
    "unix:/var/run/docker.sock",
    "http://",
    "http://[",
    "http://:{sink}/",
]
CANARY = "canary-in-a-cage"
CANARIES = {"KEY": CANARY}


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[FaultServer, FaultServer]]:
    """Ours, and who must hear nothing."""
    with fault_server() as home, fault_server() as sink:
        yield home, sink


@pytest.fixture
def home(servers: tuple[FaultServer, FaultServer]) -> FaultServer:
    servers[0].says(said(BODY))
    return servers[0]


@pytest.fixture
def sink(servers: tuple[FaultServer, FaultServer]) -> FaultServer:
    return servers[1]


def guarded(server: FaultServer, **source: Any) -> Desk:
    return Desk(server.url, ApiKey(header="X-Api-Key", secret="KEY"), secrets=CANARIES, **source)


def led(way: str, home: FaultServer, sink: FaultServer) -> str:
    return way.format(port=home.port, sink=sink.port, canary=CANARY)


def as_a_header_can(way: str) -> bool:
    return not set(way) & {"\x00", "\t"} and way == way.strip()


@pytest.mark.parametrize("way", LEADS_AWAY)
def test_no_ask_leads_away(home: FaultServer, sink: FaultServer, way: str) -> None:
    with guarded(home).api() as api, pytest.raises(RefusedError) as caught:
        api.get(Ask(led(way, home, sink)))

    assert home.heard == sink.heard == []
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("way", LEADS_AWAY)
def test_no_link_leads_away(home: FaultServer, sink: FaultServer, way: str) -> None:
    with pytest.raises(BadAddress):
        followed(f"{home.url}/orders", led(way, home, sink))


@pytest.mark.parametrize("status", [302, 308])
@pytest.mark.parametrize("way", [way for way in LEADS_AWAY if as_a_header_can(way)])
def test_no_redirect_leads_away(home: FaultServer, sink: FaultServer, way: str, status: int) -> None:
    location = led(way, home, sink).encode("utf-8")
    home.says(b"HTTP/1.1 %d Go\r\nContent-Length: 0\r\nLocation: %b\r\n\r\n" % (status, location), said(BODY))

    with pytest.raises(SourceError, match="redirects to") as caught:
        guarded(home).get()

    assert (len(home.heard), sink.heard) == (1, [])
    assert CANARY not in f"{caught.value} {caught.value.hint}"


CARRIERS: list[tuple[Auth, dict[str, Any]]] = [
    (ApiKey(header="X-Api-Key", secret="KEY"), {}),
    (ApiKey(param="api_key", secret="KEY"), {}),
    (Bearer(secret="KEY"), {}),
    (Basic(secret="KEY", user=CANARY), {}),
    (SignedBy(lambda secrets: {"X-Signature": secrets["KEY"].get_secret_value()}, ("KEY",)), {}),
    (Bearer(secret="KEY", optional=True), {"headers": {"X-Own": CANARY, "Cookie": CANARY, "Referer": CANARY}}),
    (Bearer(secret="KEY", optional=True), {"params": {"own": CANARY}}),
]


@pytest.mark.parametrize(("auth", "more"), CARRIERS)
@pytest.mark.parametrize("redirected", [True, False])
def test_an_origin_that_is_trusted_is_asked_as_by_a_stranger(
    server: FaultServer, auth: Auth, more: dict[str, Any], *, redirected: bool
) -> None:
    with fault_server() as cdn:
        desk = Desk(server.url, auth, secrets=CANARIES, trusted=(cdn.url,), **more)
        server.says(said(status=302, headers={"Location": f"{cdn.url}/page?n=1", "Set-Cookie": f"a={CANARY}"}))
        cdn.says(said(BODY, headers={"Set-Cookie": f"a={CANARY}"}))

        with desk.api() as api:
            answer = api.get(desk.ask() if redirected else Ask(f"{cdn.url}/page?n=1", {"own": CANARY}))

        (heard,) = cdn.heard
    assert (answer.body, answer.url) == (BODY, f"{cdn.url}/page?n=1")
    assert heard.target == "/page?n=1"
    assert heard.headers == {
        "host": f"127.0.0.1:{cdn.port}",
        "user-agent": "minidata/1",
        "accept": "application/json, */*;q=0.8",
        "accept-encoding": "gzip",
    }


@pytest.mark.parametrize("way", ["/{canary}", "/?own={canary}", "/?own=canary%2Din-a-cage"])
def test_no_secret_goes_to_an_origin_that_is_trusted(server: FaultServer, way: str) -> None:
    with fault_server() as cdn:
        desk = guarded(server, trusted=(cdn.url,))
        server.says(said(status=302, headers={"Location": cdn.url + way.format(canary=CANARY)}))

        with pytest.raises(RefusedError, match="has a secret of shop in it"):
            desk.get()

        assert cdn.heard == []


def test_the_secret_parameter_is_taken_from_the_way_to_a_trusted_origin(server: FaultServer) -> None:
    with fault_server() as cdn:
        desk = Desk(server.url, PARAM, trusted=(cdn.url,))
        server.says(lambda heard: said(status=302, headers={"Location": cdn.url + heard.target}))

        desk.get("/orders?page=2")

        assert [heard.target for heard in cdn.heard] == ["/orders?page=2"]


def test_the_way_back_from_a_trusted_origin_has_the_credential_again(server: FaultServer) -> None:
    with fault_server() as cdn:
        desk = guarded(server, trusted=(cdn.url,))
        server.says(said(status=302, headers={"Location": cdn.url}), said(BODY))
        cdn.says(said(status=302, headers={"Location": f"{server.url}/back"}))

        assert desk.get().url == f"{server.url}/back"
        assert server.heard[1].headers["x-api-key"] == CANARY


def test_a_post_goes_to_no_other_origin(server: FaultServer) -> None:
    with fault_server() as cdn:
        server.says(said(status=307, headers={"Location": cdn.url}))

        with pytest.raises(RefusedError, match="a POST goes to the origin of shop's base_url"):
            Desk(server.url, trusted=(cdn.url,)).post({"a": CANARY})

        assert cdn.heard == []


@pytest.mark.parametrize(("status", "sent"), [(307, 2), (308, 2), (301, 1), (302, 1), (303, 1)])
def test_a_redirect_makes_no_get_of_a_post(server: FaultServer, desk: Desk, status: int, sent: int) -> None:
    server.says(said(status=status, headers={"Location": "/there"}), said(BODY))

    with suppress(SourceError):
        desk.post({"a": 1})

    assert [(heard.method, heard.json) for heard in server.heard] == [("POST", {"a": 1})] * sent


@pytest.mark.parametrize("trusted", ["ftp://cdn.example", "cdn.example", "https://user@cdn.example", "https://a b"])
def test_what_is_trusted_must_be_an_origin(server: FaultServer, trusted: str) -> None:
    with pytest.raises(ConfigError, match="source 'shop': the trusted origin"):
        Desk(server.url, trusted=(trusted,)).get()
