"""Secrets are masked by value, in whatever spelling they turn up."""

import base64
import html
import json
import pickle
import re
import shlex
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from minidata.core.secrecy.passwords import passwords_in
from minidata.core.secrecy.secrets import Redactor

SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "percent": lambda secret: quote(secret, safe=""),
    "percent, as a path": quote,
    "percent, small": lambda secret: re.sub("%..", lambda found: found[0].lower(), quote(secret, safe="")),
    "percent, twice": lambda secret: quote(quote(secret, safe=""), safe=""),
    "form": quote_plus,
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64 in a form": lambda secret: quote_plus(base64.b64encode(secret.encode())),
    "base64, urlsafe": lambda secret: base64.urlsafe_b64encode(secret.encode()).decode(),
    "base64, no padding": lambda secret: base64.b64encode(secret.encode()).decode().rstrip("="),
    "hex": lambda secret: secret.encode().hex(),
    "hex, large": lambda secret: secret.encode().hex().upper(),
    "json": lambda secret: json.dumps(secret)[1:-1],
    "json, UTF-8": lambda secret: json.dumps(secret, ensure_ascii=False)[1:-1],
    "json as PHP writes it": lambda secret: json.dumps(secret)[1:-1].replace("/", r"\/"),
    "json as Go writes it": lambda secret: json.dumps(secret)[1:-1].replace("<", r"\u003c").replace("&", r"\u0026"),
    "json in json": lambda secret: json.dumps(json.dumps(secret))[3:-3],
    "json in an address": lambda secret: quote(json.dumps(secret)[1:-1], safe=""),
    "repr": lambda secret: repr(secret)[1:-1],
    "repr of a repr": lambda secret: repr(repr(secret)[1:-1])[1:-1],
    "repr of bytes": lambda secret: repr(secret.encode())[2:-1],
    "html": html.escape,
    "html, quotes left": lambda secret: html.escape(secret, quote=False),
    "html, twice": lambda secret: html.escape(html.escape(secret)),
    "shell": lambda secret: shlex.quote(secret).removeprefix("'").removesuffix("'"),
    "csv": lambda secret: secret.replace('"', '""'),
    "sql": lambda secret: secret.replace("'", "''"),
}


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
@given(secret=st.text(st.characters(codec="ascii"), min_size=4, max_size=12).filter(lambda text: text.strip() == text))
@example(secret="p%40 s/w?&<>\"'\\[]{}#:@")
@example(secret="ключ-𝄞-über")
@example(secret="\\\n'\"\\\\")
@settings(deadline=None, max_examples=12)
def test_no_spelling_of_a_secret_gets_through(spell: Callable[[str], str], secret: str) -> None:
    assert Redactor([secret])(f"«{spell(secret)}»") == "«***»"


@pytest.mark.parametrize("before", ["", "u", "us", "user:"])
@pytest.mark.parametrize("after", ["", "!", "!!"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_secret_within_what_is_encoded_is_masked(encode: Callable[[bytes], bytes], before: str, after: str) -> None:
    """As a password is in the header of HTTP Basic."""
    secret = "s3cr€t/password"

    masked = Redactor([secret])(encode(f"{before}{secret}{after}".encode()).decode())

    assert "***" in masked
    # Of its neighbours' digits, no more than one holds bits of it.
    assert len(masked) <= len("***") + 4 * (1 + len(before) // 3) + 4


def test_each_line_of_a_secret_is_masked() -> None:
    key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END PRIVATE KEY-----\n"

    assert Redactor([key])("bad line 'kqhkiG9w0BAQEF' in key") == "bad line '***' in key"
    assert Redactor([key])(f"the key {key}") == "the key ***"


def test_a_long_row_of_backslashes_costs_nothing() -> None:
    """Where a pattern may take back what it took, this would not end."""
    text = "\\" * 100_000

    assert Redactor(["\\\\s3\\cret"])(text) == text


def test_a_secret_inside_another_is_masked_with_it() -> None:
    assert Redactor(["token", "token-and-more"])("a token-and-more b") == "a *** b"


def test_what_is_too_short_is_left_alone() -> None:
    """Masking a word such as 'on' would mangle every text and protect nothing."""
    assert Redactor(["on"])("on and on") == "on and on"


def test_a_long_secret_is_masked() -> None:
    secret = "0123456789abcdefghijklmnopqrs/+" * 320

    assert Redactor([secret])(f"{secret} {quote_plus(secret)}") == "*** ***"


def test_what_is_known_goes_with_it_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(Redactor(["s3cret"])))("s3cret") == "***"  # noqa: S301 - our own


@pytest.mark.parametrize("body", [b'{"you": "p\xc3\xa4ss/1\\"2"}', b'{"you": "p\\u00e4ss/1\\"2"}'])
def test_a_body_that_holds_a_secret_is_known(body: bytes) -> None:
    assert Redactor(['päss/1"2']).found_in(body)
    assert not Redactor(["another"]).found_in(body)


@pytest.mark.parametrize(
    ("url", "passwords"),
    [
        ("postgresql://me:p%40ss@host/db", {"p%40ss", "p@ss"}),
        ("postgresql://me:p@ss:w/rd@host/db", {"p@ss:w/rd"}),
        ("postgresql://host/db?user=me&password=p%40ss&sslmode=require", {"p%40ss", "p@ss"}),
        ("host=h user=me password=hunter22 dbname=db", {"hunter22"}),
        ("host=h password = 'two words'", {"two words"}),
        ("postgresql://me@host/db", set()),
    ],
)
def test_the_password_in_a_url_is_found(url: str, passwords: set[str]) -> None:
    assert set(passwords_in(url)) == passwords
