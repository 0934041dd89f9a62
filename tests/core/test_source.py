"""What a Source may say."""

from collections.abc import Callable

import pytest

from minidata.core.auths import ApiKey
from minidata.core.errors import ConfigError, UnknownName
from minidata.core.rows import Row, fingerprint
from minidata.core.source import Source, Stream, chosen_streams


class Thing(Row):
    id: int
    note: str | None = None
    doc: dict[str, int] | None = None


def thing(name: str = "things", **more: object) -> Stream:
    return Stream(name, path="/", row=Thing, **more)  # type: ignore[arg-type]


SHOP = Source("shop", "http://127.0.0.1:1", streams=(thing("orders"), thing("refunds")))
SOURCES = {"shop": SHOP, "usgs": Source("usgs", "https://example.com", streams=(thing("quakes"),))}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda: thing(key="idd"), "did you mean 'id'"),
        (lambda: thing(key="note"), "may be None"),
        (lambda: thing(mode="merge"), "needs a key"),
        (lambda: thing(max_quarantined=-1), "must not be negative"),
        (lambda: thing(ignore=""), "dotted paths"),
        (lambda: thing(ignore=("node_id", "user..name")), "dotted paths"),
        (lambda: thing('x"; drop table y; --'), "will not do"),
        (lambda: thing("a" * 64), "at most 63"),
        (lambda: thing("orders__rebuild"), "reserved"),
        (lambda: Stream("things", path="/", row=dict), "subclass of minidata.Row"),  # type: ignore[arg-type]
        (lambda: Source("pg_catalog", "http://x", streams=(thing(),)), "reserved"),
        (lambda: Source("minidata", "http://x", streams=(thing(),)), "reserved"),
        (lambda: Source("shop", "ftp://x", streams=(thing(),)), "base_url"),
        (lambda: Source("shop", "http://me:secret@x", streams=(thing(),)), "base_url"),
        (lambda: Source("shop", "http://x", streams=()), "no streams"),
        (lambda: Source("shop", "http://x", streams=(thing(), thing())), "share a name"),
        (lambda: ApiKey(secret="KEY"), "a header or a param"),
        (lambda: ApiKey(secret="KEY", header="a", param="b"), "a header or a param"),
    ],
)
def test_what_will_not_do_is_refused_when_it_is_said(wrong: Callable[[], object], told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        wrong()

    assert told in f"{caught.value} {caught.value.hint}"


def test_streams_are_chosen_by_name() -> None:
    assert len(chosen_streams(SOURCES, None, None)) == 3
    assert [stream.name for _, stream in chosen_streams(SOURCES, "shop", None)] == ["orders", "refunds"]
    assert chosen_streams(SOURCES, "shop", "refunds") == chosen_streams(SOURCES, None, "shop.refunds")


def test_a_stream_needs_its_source_where_another_has_one_of_that_name() -> None:
    twice = {**SOURCES, "depot": Source("depot", "https://example.com", streams=(thing("orders"),))}

    assert chosen_streams(twice, None, "refunds") == chosen_streams(SOURCES, "shop", "refunds")
    with pytest.raises(ConfigError, match="stream 'orders' of which source") as caught:
        chosen_streams(twice, None, "orders")
    assert caught.value.hint == "say shop.orders or depot.orders"


def test_a_source_on_request_is_not_one_of_all_unless_it_is_set_up() -> None:
    asked = Source("github", "https://example.com", streams=(thing("issues"),), on_request=True)
    sources = {**SOURCES, "github": asked}

    assert len(chosen_streams(sources, None, None, set_up=())) == 3
    assert len(chosen_streams(sources, None, None, set_up=["github"])) == 4
    # What is in the store of it is loaded as ever.
    assert len(chosen_streams(sources, None, None)) == 4
    for named in (("github", None), (None, "github.issues")):
        assert chosen_streams(sources, *named, set_up=()) == ((asked, asked.streams[0]),)


@pytest.mark.parametrize(
    ("source", "stream", "told"),
    [
        ("shpo", None, "did you mean 'shop'"),
        ("shop", "order", "did you mean 'orders'"),
        (None, "refnds", "did you mean 'refunds'"),
        ("usgs", "shop.orders", "not one of source"),
    ],
)
def test_an_unknown_name_tells_the_nearest(source: str | None, stream: str | None, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        chosen_streams(SOURCES, source, stream)


def test_unknown_names_carry_what_was_meant() -> None:
    with pytest.raises(UnknownName) as caught:
        SHOP.stream("refund")

    assert caught.value.nearest == "refunds"


def test_a_fingerprint_changes_with_the_rules_of_a_row() -> None:
    class Other(Row):
        id: int
        note: str

    assert fingerprint(Thing) == fingerprint(Thing)
    assert fingerprint(Thing) != fingerprint(Other)
