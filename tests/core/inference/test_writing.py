"""The file that is written: what stands in it, and how it is laid out."""

import pytest

from inferring import stream_in, written, written_for
from minidata.core.columns import columns_of
from minidata.core.errors import ConfigError
from minidata.core.inference.addresses import checked_address, is_of_document, split_path, split_query
from minidata.core.inference.spelling import WIDTH, text
from minidata.core.pages import LinkHeader
from minidata.core.source import Cursor

ORDERS = {
    "data": [
        {"id": 1, "createdAt": "2024-01-01T00:00:00Z", "updated_at": "2024-01-01T00:00:00Z", "items": [{"sku": "a"}]},
        {"id": 2, "createdAt": "2024-01-02T00:00:00Z", "updated_at": "2024-01-02T00:00:00Z", "items": []},
    ],
    "next_cursor": "abc",
}


def test_the_file_reads_as_if_a_person_had_written_it() -> None:
    assert (
        written_for(ORDERS, params={"limit": 2, "country": "nl"})
        == '''"""
The API at https://api.example.com/v1

Written by `minidata add` from what was seen at https://x
It is yours now: change what is wrong. Comments say where it is a guess.
"""

from minidata import NextCursor, Row, Source, Stream
from pydantic import AwareDatetime, Field


class Item(Row):
    sku: str


class Thing(Row):
    id: int
    created_at: AwareDatetime = Field(validation_alias="createdAt")
    updated_at: AwareDatetime
    items: list[Item]


source = Source(
    name="shop",
    base_url="https://api.example.com/v1",
    streams=[
        Stream(
            "things",
            path="/things",
            row=Thing,
            # Unique in the 2 records seen
            key="id",
            records="data",
            params={"country": "nl"},
            # A token for the next page is at next_cursor, sent back as cursor=
            pages=NextCursor(field="next_cursor", param="cursor", size=2),
            # To ask only for what is new, where the API can (the param is a guess):
            # since=Cursor("updated_at", param="updated_since"),
        ),
    ],
)
'''
    )


def test_a_cursor_is_set_where_the_api_was_seen_to_have_the_parameter() -> None:
    link = '<https://api.example.com/things?page=2&since=2024>; rel="next"'

    stream = stream_in(written_for(ORDERS["data"], link=link))

    assert stream.pages == LinkHeader()
    assert stream.since == Cursor("updated_at", param="since")


def test_a_stream_without_a_key_says_so() -> None:
    found = written([{"colour": "red"}, {"colour": "red"}])

    assert "# No key: no single field was found that tells records apart" in found
    assert stream_in(found).keys == ()


@pytest.mark.parametrize(
    ("records", "key"),
    [
        ([{"id": 1}, {"id": 2}], "id"),
        ([{"id": 1, "uuid": "x"}, {"id": 1, "uuid": "y"}], "uuid"),
        ([{"id": None, "code": "x"}, {"id": 1, "code": "y"}], "code"),
        ([{"thing_id": 1, "code": "x"}, {"thing_id": 2, "code": "y"}], "thing_id"),
        ([{"user_id": 1}, {"user_id": 2}], None),
        ([{"id": 1.5}, {"id": 2.5}], None),
    ],
)
def test_the_key_is_called_like_one_and_behaves_like_one(records: list[dict[str, object]], key: str | None) -> None:
    assert stream_in(written(records)).keys == ((key,) if key else ())


def test_a_type_too_long_for_its_line_gets_a_name_of_its_own() -> None:
    colours = [f"quite_a_long_colour_{number}" for number in range(5)]
    found = written([{"id": number, "the_kind_of_colour_category": colours[number % 5]} for number in range(50)])

    assert "\nTheKindOfColourCategory = Literal[\n" in found
    assert "    the_kind_of_colour_category: TheKindOfColourCategory\n" in found
    assert columns_of(stream_in(found).row)[1].allowed == tuple(colours)


def test_code_fits_its_lines() -> None:
    found = written([{"a" * 60: 1, "b" * 38: [[[{"c" * 60: "2024-01-01T00:00:00Z"}]]], "d": None}])

    assert max(len(line) for line in found.splitlines()) <= WIDTH


def test_words_from_outside_stay_within_their_text_or_comment() -> None:
    hostile = 'x"""\nimport os\n#\\'
    found = written([{hostile: hostile, "id": 1}], name="things")

    assert "import os\n" not in found.replace("\\n", "")
    assert stream_in(found).keys == ("id",)


@pytest.mark.parametrize("value", ["", "a", '"', "'", "\"'", "\\", "\n", "\x00", "\u202e", "☃", "'\"'\"'"])
def test_a_text_is_spelled_so_that_python_reads_the_same(value: str) -> None:
    assert eval(text(value)) == value  # noqa: S307 - that is the claim
    assert text(value).isprintable()


@pytest.mark.parametrize(
    ("url", "base_url", "path"),
    [
        ("https://api.example.com/v1/orders", "https://api.example.com/v1", "/orders"),
        ("https://api.example.com/api/v2/a/b", "https://api.example.com/api/v2", "/a/b"),
        ("https://x.example/feed/v1.0/summary/week.json", "https://x.example/feed/v1.0", "/summary/week.json"),
        ("https://x.example/repos/a/b/issues", "https://x.example", "/repos/a/b/issues"),
        ("https://x.example", "https://x.example", "/"),
        ("https://x.example/v1", "https://x.example", "/v1"),
        ("https://x.example/v1/orders/?a=1&a=2", "https://x.example/v1", "/orders/?a=1&a=2"),
    ],
)
def test_an_address_is_cut_after_its_version(url: str, base_url: str, path: str) -> None:
    assert split_path(url) == (base_url, path)


def test_a_query_becomes_parameters_unless_one_comes_twice() -> None:
    assert split_query("https://x.example/a?n=1&m=01&o=&p=%C3%A9") == (
        "https://x.example/a",
        {"n": 1, "m": "01", "o": "", "p": "é"},
    )
    assert split_query("https://x.example/a?n=1&n=2") == ("https://x.example/a?n=1&n=2", {})


@pytest.mark.parametrize("name", ["api_key", "apikey", "key", "access_token", "X-Auth-Token", "appid", "client_secret"])
def test_an_address_with_a_secret_in_it_is_refused_without_repeating_it(name: str) -> None:
    with pytest.raises(ConfigError, match=rf"may be a secret in it: {name}=") as caught:
        checked_address(f"https://api.example.com/things?page=1&{name}=hunter2hunter2")

    assert "hunter2" not in str(caught.value) + caught.value.hint
    assert f"--param {name}=NAME" in caught.value.hint


@pytest.mark.parametrize(
    "url", ["api.example.com/things", "ftp://x/", "https://u:hunter2@x.example/", "https://x y/", ""]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="the address ") as caught:
        checked_address(url)

    assert "hunter2" not in str(caught.value)


def test_an_address_keeps_its_query_and_loses_its_fragment() -> None:
    assert checked_address("https://x.example/a?monkey=1#here") == "https://x.example/a?monkey=1"


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("https://x.example/openapi.json", True),
        ("https://x.example/spec/pets.yaml", True),
        ("https://x.example/v3/api-docs", True),
        ("https://x.example/pets.json", False),
    ],
)
def test_an_address_tells_whether_a_document_is_to_be_expected(url: str, *, is_one: bool) -> None:
    assert is_of_document(url) == is_one
