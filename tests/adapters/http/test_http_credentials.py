"""The HTTP door: credentials, and that nobody sees them."""

import traceback
from base64 import b64decode
from collections.abc import Mapping
from itertools import count
from typing import Any

import pytest
from pydantic import SecretStr

from asking import BODY, HEADER, PARAM, SECRET, Desk
from faults import FaultServer, Heard, Saying, said
from minidata.core.auths import Auth, Basic, Bearer, SignedBy
from minidata.core.errors import ConfigError, SourceError


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
    desk = Desk(server.url, HEADER, secrets={"SHOP_API_KEY": "line\nbreak"})

    with pytest.raises(ConfigError, match="the secret SHOP_API_KEY has a character in it"):
        desk.get()


@pytest.mark.parametrize(
    ("auth", "status", "hint"),
    [
        (HEADER, 401, "is the secret SHOP_API_KEY right?"),
        (PARAM, 403, "is the secret SHOP_API_KEY right?"),
        (None, 401, "the API wants a key: give the source an auth="),
        (None, 404, "look at the source's base_url and the stream's path"),
        (None, 429, "give the source a rate=, in requests a second, or less concurrency="),
        (Bearer("TOKEN", optional=True), 401, "is the secret TOKEN right?"),
        (SignedBy(lambda _: {}), 403, "is what the source's auth= sends right?"),
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


@pytest.mark.parametrize(
    ("auth", "sent"),
    [
        (Basic(secret="PASSWORD", user="größe"), "größe:pass:word"),
        (Basic(secret="PASSWORD", user_secret="USER"), "me:pass:word"),
        (Basic(secret="PASSWORD"), ":pass:word"),
    ],
)
def test_a_name_and_a_password_are_sent_as_the_standard_says(server: FaultServer, auth: Basic, sent: str) -> None:
    Desk(server.url, auth, secrets={"PASSWORD": "pass:word", "USER": "me"}).get()

    coded = server.heard[0].headers["authorization"].removeprefix("Basic ")
    assert b64decode(coded).decode() == sent


def test_a_name_with_a_colon_in_it_is_told(server: FaultServer) -> None:
    with pytest.raises(ConfigError, match="the secret USER has a colon in it"):
        Desk(server.url, Basic(secret="PASSWORD", user_secret="USER"), secrets={"PASSWORD": "p", "USER": "a:b"}).get()


def test_a_bearer_without_a_token_may_ask_as_a_stranger(server: FaultServer) -> None:
    Desk(server.url, Bearer(secret="TOKEN", optional=True), secrets={}).get()

    assert "authorization" not in server.heard[0].headers


def test_a_stranger_is_told_what_may_let_it_in(server: FaultServer) -> None:
    server.says(said(status=403))

    with pytest.raises(SourceError) as caught:
        Desk(server.url, Bearer(secret="TOKEN", optional=True), secrets={}).get()
    assert caught.value.hint == "it may let in who has the secret TOKEN: `minidata secrets set TOKEN`"


def test_a_bearer_with_a_token_is_none(server: FaultServer) -> None:
    Desk(server.url, Bearer(secret="TOKEN", optional=True)).get()

    assert server.heard[0].headers["authorization"] == f"Bearer {SECRET}"


@pytest.mark.parametrize("auth", [HEADER, Bearer(secret="TOKEN"), Basic(secret="A"), SignedBy(lambda _: {}, ("B",))])
def test_a_secret_that_is_not_there_is_told_before_any_request(server: FaultServer, auth: Auth) -> None:
    with pytest.raises(ConfigError, match=r"the secret \w+ is not set"):
        Desk(server.url, auth, secrets={"OTHER": SECRET}).get()

    assert server.heard == []


@pytest.mark.parametrize("headers", [{"X-A": "ü"}, {"X-A": "a\nb"}, {"X A": "b"}, {"": "b"}, {"X-A": " b"}])
def test_a_header_that_cannot_be_sent_is_told(server: FaultServer, headers: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="in the headers of source 'shop'"):
        Desk(server.url, headers=headers).get()


def test_a_function_signs_each_request(server: FaultServer) -> None:
    numbers = count()

    def sign(secrets: Mapping[str, SecretStr]) -> Mapping[str, str]:
        return {"X-Signature": f"{secrets['KEY'].get_secret_value()}-{next(numbers)}"}

    server.says(said(status=503), said(BODY))
    Desk(server.url, SignedBy(sign, ("KEY",)), secrets={"KEY": "long", "OTHER": SECRET}).get()

    assert [heard.headers["x-signature"] for heard in server.heard] == ["long-0", "long-1"]


def test_what_a_function_signs_with_is_masked(server: FaultServer) -> None:
    server.says(lambda heard: said(f"no: {heard.headers['x-signature']}".encode(), 400))

    with pytest.raises(SourceError, match=r"no: \*\*\*$"):
        Desk(server.url, SignedBy(lambda _: {"X-Signature": "made-of-it", "X-Date": "2026"})).get()


def test_a_function_that_fails_is_told_without_its_words(server: FaultServer) -> None:
    def sign(secrets: Mapping[str, SecretStr]) -> Mapping[str, str]:
        raise ValueError(secrets["KEY"].get_secret_value())

    with pytest.raises(ConfigError, match=r"the function that signs .* fails: ValueError in .*, line \d+$") as caught:
        Desk(server.url, SignedBy(sign, ("KEY",))).get()
    assert "".join(traceback.format_exception(caught.value)).count(SECRET) == 0
    assert server.heard == []


@pytest.mark.parametrize("made", [{"X-A": "a\nb"}, {"X-A": 1}, {"X A": "b"}])
def test_what_a_function_makes_must_be_headers(server: FaultServer, made: Any) -> None:
    with pytest.raises(ConfigError, match="in what the function that signs requests returns"):
        Desk(server.url, SignedBy(lambda _: made)).get()
