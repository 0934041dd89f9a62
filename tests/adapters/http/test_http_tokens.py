"""The HTTP door: OAuth 2.0 tokens."""

import json
from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from asking import BODY, Desk
from faults import FaultServer, Heard, Saying, fault_server, said, said_json
from minidata.core.auths import OAuth2
from minidata.core.errors import SourceError

SECRETS = {"ID": "the client", "SECRET": "s3cr3t:ü&=", "REFRESH": "refresh-me-0"}


@pytest.fixture
def keeper() -> Iterator[FaultServer]:
    """The server that has the tokens."""
    with fault_server() as keeper:
        yield keeper


class Tokens:
    """Says a new token each time."""

    def __init__(self, **more: Any) -> None:
        self.more = more
        self.made: list[str] = []

    def __call__(self, _: Heard) -> Saying:
        self.made.append(f"token-number-{len(self.made)}")
        return said_json({"access_token": self.made[-1], "token_type": "bearer", **self.more})


def visitor(server: FaultServer, keeper: FaultServer, **auth: Any) -> Desk:
    how = {"client_secret": "SECRET", **auth}
    return Desk(server.url, OAuth2(f"{keeper.url}/token?a=b", "ID", **how), secrets=SECRETS)


def bearers(server: FaultServer) -> list[str]:
    return [heard.headers["authorization"].removeprefix("Bearer token-number-") for heard in server.heard]


def test_a_token_is_asked_for_and_sent(server: FaultServer, keeper: FaultServer) -> None:
    keeper.says(Tokens())
    desk = visitor(server, keeper, scope="read all", params={"audience": "x"})

    with desk.api() as api:
        api.get(desk.ask("/1"))
        api.get(desk.ask("/2"))

    (heard,) = keeper.heard
    assert (heard.method, heard.target) == ("POST", "/token?a=b")
    assert heard.headers["content-type"] == "application/x-www-form-urlencoded"
    assert heard.form == {"grant_type": "client_credentials", "scope": "read all", "audience": "x"}
    coded = heard.headers["authorization"].removeprefix("Basic ")
    assert b64decode(coded).decode() == "the+client:s3cr3t%3A%C3%BC%26%3D"
    assert bearers(server) == ["0", "0"]


def test_the_secret_may_go_into_the_form(server: FaultServer, keeper: FaultServer) -> None:
    keeper.says(Tokens())

    visitor(server, keeper, credentials="form").get()

    (heard,) = keeper.heard
    assert heard.form == {
        "grant_type": "client_credentials",
        "client_id": SECRETS["ID"],
        "client_secret": SECRETS["SECRET"],
    }
    assert "authorization" not in heard.headers


def test_what_is_set_for_the_api_does_not_go_to_the_tokens(server: FaultServer, keeper: FaultServer) -> None:
    keeper.says(Tokens())
    desk = visitor(server, keeper)
    desk = Desk(server.url, desk.source.auth, secrets=SECRETS, headers={"X-Own": "1"}, params={"own": "2"})

    desk.get()

    (heard,) = keeper.heard
    assert heard.headers.keys() == {
        "host",
        "user-agent",
        "accept",
        "accept-encoding",
        "authorization",
        "content-type",
        "content-length",
    }
    assert "own" not in heard.target


def test_a_token_that_ends_is_renewed_before(server: FaultServer, keeper: FaultServer) -> None:
    keeper.says(Tokens(expires_in=3600))
    desk = visitor(server, keeper)

    with desk.api() as api:
        for pause in (0, 3500, 100):
            desk.clock.sleep(pause)
            api.get(desk.ask())

    assert bearers(server) == ["0", "0", "1"]


@pytest.mark.parametrize("expires_in", [None, 0, -1, True, "soon", 10**12, 1.5, [], "0x1"])
def test_a_token_with_no_end_is_kept(server: FaultServer, keeper: FaultServer, expires_in: Any) -> None:
    keeper.says(Tokens(expires_in=expires_in))
    desk = visitor(server, keeper)

    with desk.api() as api:
        for _ in range(2):
            api.get(desk.ask())
            desk.clock.sleep(10_000)

    assert bearers(server) == ["0", "0"]


def test_a_token_that_is_refused_is_renewed_once(server: FaultServer, keeper: FaultServer) -> None:
    keeper.says(Tokens())
    server.says(said(status=401), said(BODY), said(BODY), said(status=401), said(BODY))
    desk = visitor(server, keeper)

    with desk.api() as api:
        for _ in range(3):
            assert api.get(desk.ask()).body == BODY

    assert bearers(server) == ["0", "1", "1", "1", "2"]


def test_a_post_with_a_token_that_is_refused_is_sent_again(server: FaultServer, keeper: FaultServer) -> None:
    keeper.says(Tokens())
    server.says(said(status=401), said(BODY))

    assert visitor(server, keeper).post({"a": 1}).body == BODY
    assert [heard.json for heard in server.heard] == [{"a": 1}] * 2


def test_an_api_that_refuses_every_token_is_left_soon(server: FaultServer, keeper: FaultServer) -> None:
    keeper.says(Tokens())
    server.says(said(status=401))
    desk = visitor(server, keeper)

    with desk.api() as api:
        for _ in range(3):
            with pytest.raises(SourceError, match="answers 401 Unauthorized") as caught:
                api.get(desk.ask())

    assert bearers(server) == ["0", "1", "1", "1"]
    assert caught.value.hint == "is the secret ID, SECRET right?"


def test_many_threads_renew_a_token_once(server: FaultServer, keeper: FaultServer) -> None:
    tokens = Tokens()
    keeper.says(tokens)
    server.says(lambda heard: said(BODY) if heard.headers["authorization"].endswith("1") else said(status=401))
    desk = visitor(server, keeper)

    with desk.api() as api, ThreadPoolExecutor(4) as threads:
        bodies = set(threads.map(lambda _: api.get(desk.ask()).body, range(20)))

    assert (bodies, len(tokens.made)) == ({BODY}, 2)


def test_a_refresh_token_that_is_replaced_is_not_used_again(server: FaultServer, keeper: FaultServer) -> None:
    def reply(heard: Heard) -> Saying:
        number = int(heard.form["refresh_token"].removeprefix("refresh-me-"))
        return said_json({"access_token": f"token-number-{number}", "refresh_token": f"refresh-me-{number + 1}"})

    keeper.says(reply)
    server.says(said(BODY), said(status=401), said(BODY))
    desk = visitor(server, keeper, refresh_token="REFRESH", client_secret=None)

    with desk.api() as api:
        for _ in range(2):
            api.get(desk.ask())

    assert [heard.form for heard in keeper.heard] == [
        {"grant_type": "refresh_token", "refresh_token": f"refresh-me-{number}", "client_id": SECRETS["ID"]}
        for number in range(2)
    ]
    assert desk.watch.notes[0].startswith(f"{keeper.url}/token?a=b has replaced the refresh token REFRESH; ")
    assert "refresh-me" not in desk.redact(f"{desk.watch.notes} refresh-me-0 refresh-me-1")


@pytest.mark.parametrize(
    ("saying", "told"),
    [
        (said(b'{"error": "invalid_client"}', 401), 'answers 401 Unauthorized: {"error": "invalid_client"}'),
        (said(status=302, headers={"Location": "/"}), "answers 302 Found"),
        (said_json([]), "answers with no access_token that a header can carry"),
        (said_json({"access_token": ""}), "answers with no access_token that a header can carry"),
        (said_json({"access_token": "a\nb"}), "answers with no access_token that a header can carry"),
        (said_json({"access_token": 7}), "answers with no access_token that a header can carry"),
        (said(b"<html>"), "answers with no token: NOT_JSON"),
        (said(bytes(2_000_000)), "the body is larger than 1,048,576 bytes"),
    ],
)
def test_who_gets_no_token_asks_for_none_again(
    server: FaultServer, keeper: FaultServer, saying: bytes, told: str
) -> None:
    keeper.says(saying)
    desk = visitor(server, keeper)

    with desk.api() as api:
        for _ in range(2):
            with pytest.raises(SourceError) as caught:
                api.get(desk.ask())

    assert str(caught.value) == f"{keeper.url}/token?a=b {told}"
    assert (len(keeper.heard), server.heard) == (1, [])


def test_what_passes_is_asked_again_for_a_token(server: FaultServer, keeper: FaultServer) -> None:
    keeper.says(said(status=503), said(b'{"acc', length=99), Tokens())

    assert visitor(server, keeper).get().status == 200
    assert len(keeper.heard) == 3


def test_a_refresh_token_that_may_be_used_up_is_not_sent_again(server: FaultServer, keeper: FaultServer) -> None:
    keeper.says(said(status=503))

    with pytest.raises(SourceError, match="not asked again"):
        visitor(server, keeper, refresh_token="REFRESH").get()
    assert len(keeper.heard) == 1


def test_a_token_that_is_sent_back_is_masked(server: FaultServer, keeper: FaultServer) -> None:
    keeper.says(Tokens())
    server.says(lambda heard: said(json.dumps(dict(heard.headers)).encode(), 400))

    with pytest.raises(SourceError, match=r"Bearer \*\*\*"):
        visitor(server, keeper).get()
