"""Which origin an address belongs to, where a link leads, and what a query says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minidata.core.fetching.addresses import (
    BadAddress,
    Origin,
    followed,
    has_param,
    origin_of,
    target_of,
    with_params,
    without_param,
)

CDN = Origin("https", "cdn.example", 443)


@pytest.mark.parametrize(
    "url",
    ["https://api.example", "https://API.example:443/x", "HTTPS://api.example/?q#f", "https://api.example:0443/"],
)
def test_spellings_of_an_origin_are_one(url: str) -> None:
    assert origin_of(url) == Origin("https", "api.example", 443)


@pytest.mark.parametrize(
    ("link", "leads"),
    [
        ("/page/2", "https://api.example/page/2"),
        ("?page=2", "https://api.example/v1/orders?page=2"),
        ("2", "https://api.example/v1/2"),
        ("./2", "https://api.example/v1/2"),
        ("#top", "https://api.example/v1/orders?page=1"),
        ("//api.example/2", "https://api.example/2"),
        ("https://api.example:443/2#top", "https://api.example:443/2"),
        ("https://cdn.example/2", "https://cdn.example/2"),
        ("/a?b=c%2Fd+e", "https://api.example/a?b=c%2Fd+e"),
    ],
)
def test_links_lead_on_as_they_are(link: str, leads: str) -> None:
    assert followed("https://api.example/v1/orders?page=1", link, {CDN}) == leads


def test_nothing_that_is_allowed_makes_less_safe() -> None:
    plain = Origin("http", "api.example", 80)

    with pytest.raises(BadAddress, match="is not encrypted, as this is"):
        followed("https://api.example/", "http://api.example/", {plain})


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5) | st.integers(), max_size=4), st.text(max_size=5))
def test_a_parameter_stands_once_whatever_was_there(params: dict[str, str | int], name: str) -> None:
    url = with_params("https://api.example/v1?a=b&c&&d=%20", params)

    assert all(has_param(url, one) for one in params if one)
    assert with_params(url, params) == url
    for one in params:
        assert without_param(with_params(url, {one: "x"}), one) == without_param(url, one)
    assert without_param(without_param(url, name), name) == without_param(url, name)


def test_what_need_not_change_does_not_change() -> None:
    url = "https://api.example/v1;a=b?x=%2f&&y=a+b&signature=AbC%3d"

    assert with_params(url, {"page": 2}) == f"{url}&page=2"
    assert without_param(f"{url}&p%61ge=2", "page") == url


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://api.example", "/"),
        ("https://api.example?a=b", "/?a=b"),
        ("https://api.example/v1;a=b?c#d", "/v1;a=b?c"),
        ("https://api.example//v1//", "//v1//"),
    ],
)
def test_a_target_is_path_and_query(url: str, target: str) -> None:
    assert target_of(url) == target
