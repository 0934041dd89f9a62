"""What an OpenAPI document says is there."""

import copy
import json
from collections.abc import Iterator
from contextlib import suppress
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
import yaml
from hypothesis import given

from minidata.core.inference.drafting import Drafting
from minidata.core.inference.drafts import DraftModel, OneOf, Plain
from minidata.core.inference.imports import WORDS
from minidata.core.inference.openapi import Document, NotUsable, read_document
from minidata.core.inference.paging import FirstPage, pagings
from minidata.core.inference.schemas import Schemas

PETS = (Path(__file__).parents[2] / "data" / "pets_openapi.yaml").read_bytes()


@pytest.fixture
def pets() -> Document:
    document = read_document(PETS)
    assert document is not None
    return document


def row_of(schema: Any, **schemas: Any) -> DraftModel:
    shape = Schemas({"components": {"schemas": schemas}}).shape(schema)
    return Drafting(set(WORDS)).row(shape, "thing", whole=False)


def types_of(schema: Any, **schemas: Any) -> dict[str, tuple[Any, bool, bool]]:
    return {one.name: (one.type, one.nullable, one.absent) for one in row_of(schema, **schemas).fields}


def test_the_lists_of_a_document_are_found_and_named(pets: Document) -> None:
    assert [(one.name, one.path, one.records) for one in pets.endpoints] == [
        ("pets", "/pets", "items"),
        ("owners", "/owners", ""),
    ]
    assert pets.closed == {"/pets/{pet_id}/visits": "its path has a parameter"}


def test_parameters_are_told_those_that_must_be_sent_with_a_value(pets: Document) -> None:
    endpoint = pets.endpoints[0]

    assert endpoint.params == {"country": "nl"}
    assert endpoint.takes == {"page": 1, "per_page": 3, "updated_since": None, "country": None}


def test_a_row_is_made_of_a_schema(pets: Document) -> None:
    row = Drafting(set(WORDS)).row(pets.shape(pets.endpoints[0]), "pet", whole=False)

    found = {one.name: one for one in row.fields}
    assert {name: one.type.text for name, one in found.items() if isinstance(one.type, Plain)} == {
        "id": "int",
        "name": "str",
        "price": "Decimal",
        "born": "dt.date",
        "chip": "UUID",
        "updated_at": "AwareDatetime",
        "extra": "dict[str, Any]",
        "class_": "str",
        "hatched_at": "AwareDatetime",
    }
    assert found["status"].type == OneOf(("available", "pending", "sold"))
    assert found["name"].about == "What it answers to."
    assert {name for name, one in found.items() if not one.absent} == {
        *("id", "name", "status", "price", "born", "updated_at", "tags"),
    }
    owner = found["owner"].type
    assert isinstance(owner, DraftModel)
    assert [(one.name, one.type, one.absent) for one in owner.fields] == [
        ("id", Plain("UUID"), False),
        ("email", Plain("str"), False),
        ("joined", Plain("AwareDatetime"), False),
    ]


@pytest.mark.parametrize(
    ("schema", "found"),
    [
        ({"type": ["string", "null"]}, (Plain("str"), True, False)),
        ({"type": "string", "nullable": True}, (Plain("str"), True, False)),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, (Plain("int"), True, False)),
        ({"oneOf": [{"type": "integer"}, {"type": "number"}]}, (Plain("Decimal"), False, False)),
        ({"oneOf": [{"type": "integer"}, {"type": "string"}]}, (Plain("Any"), False, False)),
        ({"enum": ["a", None]}, (OneOf(("a",)), True, False)),
        ({"$ref": "#/components/schemas/Name"}, (Plain("str"), False, False)),
        ({"$ref": "other.yaml#/Name"}, (Plain("Any"), False, False)),
        ({}, (Plain("Any"), False, False)),
        ({"type": "object"}, (Plain("dict[str, Any]"), False, False)),
    ],
)
def test_a_schema_of_either_version_becomes_a_type(schema: Any, found: Any) -> None:
    whole = {"type": "object", "properties": {"it": schema}, "required": ["it"]}

    assert types_of(whole, Name={"type": "string"})["it"] == found


def test_a_schema_that_holds_itself_comes_to_an_end() -> None:
    node = {"type": "object", "properties": {"child": {"$ref": "#/components/schemas/Node"}}}

    assert row_of(node, Node=node).fields[0].name == "child"
    loop = {"$ref": "#/components/schemas/Loop"}
    assert types_of({"properties": {"it": loop}}, Loop=loop)["it"] == (Plain("Any"), True, True)
    assert types_of({"properties": {"it": {"oneOf": [loop, loop]}}}, Loop={"oneOf": [loop, loop]})["it"][1:] == (
        True,
        True,
    )
    assert types_of({"properties": {"it": {"allOf": [loop]}}}, Loop={"allOf": [loop]})["it"] == (
        Plain("Any"),
        True,
        True,
    )


@pytest.mark.parametrize(
    ("servers", "base_url"),
    [
        (None, "https://x.example"),
        ([{"url": "/v1"}], "https://x.example/v1"),
        ([{"url": "https://api.example.com/v2/"}], "https://api.example.com/v2"),
        (
            [{"url": "https://{region}.example.com", "variables": {"region": {"default": "eu"}}}],
            "https://eu.example.com",
        ),
    ],
)
def test_the_api_is_where_the_document_says(servers: Any, base_url: str) -> None:
    document = Document({"openapi": "3.1.0", **({"servers": servers} if servers else {})})

    assert document.base_url("https://x.example/spec/openapi.json") == base_url


def test_what_is_no_openapi_document_is_left_alone() -> None:
    for body in (b"", b"[]", b'{"data": []}', b"<html>openapi</html>", b"openapi: [", b"\xff openapi", b"a: 1"):
        assert read_document(body) is None


def test_an_older_document_is_refused_by_name() -> None:
    with pytest.raises(NotUsable, match="another kind than OpenAPI 3"):
        read_document(json.dumps({"swagger": "2.0", "paths": {}}).encode())


WHOLE: Any = yaml.safe_load(PETS)
NODES = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3), st.just([]), st.just({}), st.just([1]))


def places_of(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*path, key)
        yield from places_of(one, (*path, key))


@given(st.lists(st.tuples(st.sampled_from(sorted(places_of(WHOLE), key=str)), NODES), min_size=1, max_size=3))
def test_a_document_with_something_wrong_in_it_is_read_as_far_as_it_goes(wrong: list[tuple[Any, Any]]) -> None:
    content = copy.deepcopy(WHOLE)
    for (*path, last), value in wrong:
        with suppress(KeyError, IndexError, TypeError):
            reduce(getitem, path, content)[last] = value
    document = Document(content)

    for endpoint in document.endpoints:
        assert Drafting(set(WORDS)).row(document.shape(endpoint), endpoint.name, whole=False).name
        assert pagings(FirstPage(endpoint.example, endpoint.records, 0, endpoint.params, None, endpoint.takes))
    assert document.base_url("https://x.example/openapi.json")
    assert isinstance(document.title, str)
    assert isinstance(document.closed, dict)
