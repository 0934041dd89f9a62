"""Secrets are masked by value, in whatever spelling they turn up."""

import base64
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minidata.core.secrets import Redactor

SPELLINGS = [
    str,
    lambda secret: quote(secret, safe=""),
    lambda secret: quote(quote(secret, safe=""), safe=""),
    lambda secret: base64.b64encode(secret.encode()).decode(),
    lambda secret: base64.urlsafe_b64encode(secret.encode()).decode(),
    lambda secret: secret.encode().hex(),
    json.dumps,
    repr,
]


@pytest.mark.parametrize("spell", SPELLINGS)
@given(secret=st.text(st.characters(codec="utf-8"), min_size=4, max_size=20).filter(str.strip))
def test_no_spelling_of_a_secret_gets_through(spell: Callable[[str], str], secret: str) -> None:
    masked = Redactor([secret])(spell(secret))

    assert masked in {"***", '"***"', "'***'"}


def test_a_secret_inside_another_is_masked_with_it() -> None:
    assert Redactor(["token", "token-and-more"])("a token-and-more b") == "a *** b"


def test_what_is_too_short_is_left_alone() -> None:
    """Masking a word such as 'on' would mangle every text and protect nothing."""
    assert Redactor(["on"])("on and on") == "on and on"
