"""Pages that lead on to the next one."""

from collections.abc import Callable, Generator
from typing import Any

import pytest

from minidata.core.errors import ConfigError, RefusedError, SourceError
from minidata.core.exchange import Ask
from minidata.core.fetching.gist import Gist, Seen
from minidata.core.fetching.pagination import Walk, walk_of
from minidata.core.pages import AskedBy, LinkHeader, NextCursor, NextUrl, Pages, SinglePage
from minidata.core.rows import Row
from minidata.core.source import Source, Stream

HERE = "https://api.example.com/v1/things"
LOOP = "pagination loop: "


class Thing(Row):
    id: int


def walk(pages: Pages, *, base_url: str = "https://api.example.com/v1", **more: Any) -> Walk:
    stream = Stream("things", path="/things", row=Thing, pages=pages, **more)
    source = Source("shop", base_url, (stream,), trusted=("https://cdn.example.com",))
    return walk_of(source, stream, ahead=8, max_pages=1000)


def seen(records: int = 1, url: str = HERE, link: str | None = None, **told: Any) -> Seen:
    return Seen(url, Gist(records=records, **told), link=link)


def after(chain: Walk, answer: Seen) -> Ask | None:
    """Answer the first request and return the next one."""
    assert chain.ask()
    assert chain.ask() is None
    assert chain.take(answer)
    return chain.ask()


def test_a_single_page_is_the_last() -> None:
    chain = walk(SinglePage())

    assert after(chain, seen()) is None
    assert chain.ended == "it is a single page"


def test_a_token_is_sent_back_until_there_is_none() -> None:
    chain = walk(NextCursor(field="meta.next", size=2), params={"state": "all"})

    assert chain.ask() == Ask(HERE, {"state": "all", "limit": 2})
    assert chain.take(seen(next="abc"))
    assert chain.ask() == Ask(HERE, {"state": "all", "limit": 2, "cursor": "abc"})
    assert chain.take(seen(next=7))
    assert chain.ask() == Ask(HERE, {"state": "all", "limit": 2, "cursor": 7})
    assert chain.take(seen(next=None))
    assert chain.ended == "the last page has no 'meta.next'"


@pytest.mark.parametrize("token", [None, "", False])
def test_no_token_is_the_end(token: object) -> None:
    assert after(chain := walk(NextCursor()), seen(next=token)) is None
    assert chain.ended


@pytest.mark.parametrize("token", [True, 0, 1.5, [], {}, ["a"]])
def test_what_can_be_no_token_is_no_end(token: object) -> None:
    with pytest.raises(SourceError, match="WRONG_ENVELOPE: at 'next_cursor' is no cursor but"):
        after(walk(NextCursor()), seen(next=token))


@pytest.mark.parametrize("more", [True, "true", 1])
def test_a_flag_says_that_there_is_more(more: object) -> None:
    assert after(walk(NextCursor(more="has_more")), seen(next="abc", more=more))


@pytest.mark.parametrize("more", [False, "false", 0, None])
def test_a_flag_says_that_there_is_no_more(more: object) -> None:
    assert after(chain := walk(NextCursor(more="has_more")), seen(next="abc", more=more)) is None
    assert chain.ended == "'has_more' of the last page says so"


def test_more_without_a_token_is_an_error() -> None:
    with pytest.raises(SourceError, match="no cursor but None although 'has_more' says that there is more"):
        after(walk(NextCursor(more="has_more")), seen(more=True))


def test_a_token_can_go_into_the_body() -> None:
    pages = NextCursor(param="page.after", size=5, size_param="page.size", place="body")
    chain = walk(pages, method="POST", json={"page": {"by": "id"}, "q": "x"})
    first = chain.ask()
    chain.take(seen(next="abc"))

    assert first == Ask(HERE, {}, "POST", {"page": {"by": "id", "size": 5}, "q": "x"})
    assert chain.ask() == Ask(HERE, {}, "POST", {"page": {"by": "id", "size": 5, "after": "abc"}, "q": "x"})


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("/v1/things?page=2", "https://api.example.com/v1/things?page=2"),
        ("?page=2", "https://api.example.com/v1/things?page=2"),
        ("https://api.example.com/v1/things?page=2#top", "https://api.example.com/v1/things?page=2"),
        ("HTTPS://API.example.com:443/v2", "https://API.example.com:443/v2"),
        ("items?a=%2F+b&c", "https://api.example.com/v1/items?a=%2F+b&c"),
        ("//api.example.com/x#part", "https://api.example.com/x"),
        ("https://cdn.example.com/2.json", "https://cdn.example.com/2.json"),
    ],
)
def test_an_address_is_followed_and_is_whole(link: str, url: str) -> None:
    for chain, answer in (
        (walk(NextUrl(), params={"state": "all"}), seen(next=link)),
        (walk(LinkHeader(), params={"state": "all"}), seen(link=f'<{link}>; rel="next"')),
    ):
        assert after(chain, answer) == Ask(url)


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/",
        "http://api.example.com/v1",
        "https://api.example.com:8443/v1",
        "https://api.example.com:0/v1",
        "//evil.example/x",
        "https://api.example.com.evil.example/",
        "https://user@api.example.com/",
        "https://api.example.com@evil.example/",
        "https://api.example.com./",
        "https://93.184.215.14/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://[::ffff:127.0.0.1]/",
        "https://api.example.com:port/",
        "https://[api/",
        "https://\u0430\u0440\u0456.example.com/",
        "https:/\\evil.example/",
        "\\\\evil.example/",
        "https://api.example.com\t/x",
        " /x",
        "/x\r\nHost: evil",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://cdn.example.com/2.json",
    ],
)
def test_a_page_leads_to_no_other_origin(link: str) -> None:
    for chain, answer in ((walk(NextUrl()), seen(next=link)), (walk(LinkHeader()), seen(link=f"<{link}>; rel=next"))):
        with pytest.raises(RefusedError, match="the next page's address"):
            after(chain, answer)


def test_a_page_from_a_trusted_origin_leads_back() -> None:
    chain = walk(NextUrl())
    answer = seen(next="https://api.example.com/v1/things?page=3", url="https://cdn.example.com/2.json")

    assert after(chain, answer) == Ask("https://api.example.com/v1/things?page=3")


def test_the_first_link_that_may_be_followed_is() -> None:
    links = "<https://evil.example.com>; rel=next, </v1/b>; rel=next, </v1/c>; rel=next"

    assert after(walk(LinkHeader()), seen(link=links)) == Ask("https://api.example.com/v1/b")


def test_no_link_is_the_end() -> None:
    chain = walk(LinkHeader(size=50))

    assert after(chain, seen(link='<x>; rel="prev"')) is None
    assert chain.ended == "the last page links to no 'next'"


@pytest.mark.parametrize("link", [0, 2, True, "null", "None", "undefined", [], {"href": "/x"}])
def test_what_can_be_no_address_is_no_end(link: object) -> None:
    with pytest.raises(SourceError, match="WRONG_ENVELOPE: at 'next' is no address but"):
        after(walk(NextUrl()), seen(next=link))


def test_an_address_is_asked_with_the_same_body() -> None:
    chain = walk(NextUrl(), method="POST", json={"q": "x"})

    assert after(chain, seen(next="?page=2")) == Ask(f"{HERE}?page=2", {}, "POST", {"q": "x"})


@pytest.mark.parametrize(
    ("pages", "told"),
    [
        (NextUrl(), ["?page=a", "?page=b", "?page=a"]),
        (NextUrl(), [HERE]),
        (NextUrl(), ["?page=a", "?page=a"]),
        (NextCursor(), ["a", "b", "a"]),
        (NextCursor(), ["a", "a"]),
    ],
)
def test_going_in_a_circle_is_an_error(pages: Pages, told: list[str]) -> None:
    chain = walk(pages)
    for token in told[:-1]:
        chain.ask()
        chain.take(seen(next=token))
    chain.ask()

    with pytest.raises(SourceError, match=rf"{LOOP}page {len(told) + 1} would be one that was asked already"):
        chain.take(seen(next=told[-1]))


def test_an_empty_page_in_the_middle_leads_on() -> None:
    for pages in (NextCursor(), NextUrl()):
        assert after(walk(pages), seen(records=0, next="abc")) is not None
    assert after(walk(LinkHeader()), seen(records=0, link="<?page=2>; rel=next")) is not None


def test_empty_pages_that_do_not_end_are_a_loop() -> None:
    chain = walk(NextCursor())
    for number in range(100):
        chain.ask()
        chain.take(Seen(HERE, Gist(records=0, next=f"token {number}"), digest="same"))
    chain.ask()

    with pytest.raises(SourceError, match=f"{LOOP}101 empty pages, one after the other, lead on"):
        chain.take(seen(records=0, next="another"))


def test_many_empty_pages_are_no_loop_when_others_are_among_them() -> None:
    chain = walk(NextCursor())
    for number in range(300):
        chain.ask()
        chain.take(seen(records=number % 3 == 0, next=f"token {number}"))

    assert chain.taken == 300


def test_an_empty_page_that_leads_to_itself_is_the_end() -> None:
    """Feeds of changes send the token with which to ask for later ones."""
    chain = walk(NextCursor())
    after(chain, seen(next="now"))
    chain.take(seen(records=0, next="now"))

    assert chain.ended == "the last page is empty and leads to itself"


def test_the_same_page_under_another_token_is_a_loop() -> None:
    chain = walk(NextCursor())
    chain.ask()
    chain.take(Seen(HERE, Gist(records=2, next="a"), digest="same"))
    chain.ask()

    with pytest.raises(SourceError, match=f"{LOOP}page 2 is the same as the one before"):
        chain.take(Seen(HERE, Gist(records=2, next="b"), digest="same"))


def asked_by(function: Callable[[Ask], Generator[Ask, Any, None]]) -> Walk:
    return walk(AskedBy(function))


def test_a_function_asks_for_what_it_likes() -> None:
    def by_year(ask: Ask) -> Generator[Ask, Any, None]:
        answer = yield ask.with_params(year=2025)
        for year in answer["years"]:
            yield ask.with_params(year=year)

    chain = asked_by(by_year)
    assert chain.ask() == Ask(HERE, {"year": 2025})
    chain.take(Seen(HERE, Gist(records=1), document=lambda: {"years": [2026]}))
    assert chain.ask() == Ask(HERE, {"year": 2026})
    chain.take(seen(records=0))
    assert chain.ended.endswith("by_year asks no more")


def test_a_function_may_ask_for_nothing() -> None:
    def nothing(_: Ask) -> Generator[Ask, Any, None]:
        yield from ()

    chain = asked_by(nothing)
    assert (chain.ask(), chain.ended) == (None, "nothing is asked")


def test_a_function_asks_no_other_origin_and_not_the_same_again() -> None:
    def strange(_: Ask) -> Generator[Ask, Any, None]:
        yield Ask("https://evil.example.com")

    def twice(ask: Ask) -> Generator[Ask, Any, None]:
        yield ask
        yield ask

    with pytest.raises(RefusedError, match="another origin"):
        asked_by(strange)
    with pytest.raises(SourceError, match=f"{LOOP}page 2 would be"):
        after(asked_by(twice), seen())


def test_what_is_wrong_with_a_function_is_said_in_a_line() -> None:
    def fails(ask: Ask) -> Generator[Ask, Any, None]:
        answer = yield ask
        yield ask.with_params(at=answer["nowhere"])

    def no_ask(_: Ask) -> Generator[Ask, Any, None]:
        yield "https://api.example.com"  # type: ignore[misc]

    def no_generator(ask: Ask) -> Any:
        return [ask]

    with pytest.raises(ConfigError, match="fails of AskedBy failed: KeyError: 'nowhere'"):
        after(asked_by(fails), Seen(HERE, Gist(records=1), document=dict))
    with pytest.raises(ConfigError, match=r"no_ask of AskedBy yielded 'https://api\.example\.com'"):
        asked_by(no_ask)
    with pytest.raises(ConfigError, match="no_generator of AskedBy is no generator function"):
        asked_by(no_generator)
