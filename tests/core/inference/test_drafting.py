"""Which fields a Row gets, and of which types."""

from typing import Any

import pytest

from inferring import exact, stream_in, written
from minidata.core.inference.drafting import Drafting
from minidata.core.inference.drafts import DraftField
from minidata.core.inference.imports import WORDS
from minidata.core.inference.naming import class_name, field_name, singular, source_name, stream_name
from minidata.core.inference.shapes import shape_of


def fields(*records: dict[str, Any], whole: bool = False) -> dict[str, DraftField]:
    row = Drafting(set(WORDS)).row(shape_of(exact(records)), "thing", whole=whole)
    return {field.name: field for field in row.fields}


def line(name: str, *values: Any) -> str:
    """The line that is written for the field *name* of records with *values*."""
    text = written([{name: value} for value in values])
    return next(line.strip() for line in text.splitlines() if line.startswith(f"    {name}"))


@pytest.mark.parametrize(
    ("values", "type_"),
    [
        ([1, 2], "int"),
        ([1, None], "int | None"),
        ([1, 2.5], "Decimal"),
        ([2.50], "Decimal"),
        ([2**63], "Decimal"),
        ([-(2**63), 2**63 - 1], "int"),
        ([True], "bool"),
        ([True, 1], "Any"),
        ([None], "Any"),
        (["x"], "str"),
        (["x", 1], "Any"),
        (["2024-02-29"], "dt.date"),
        (["2024-02-29", ""], "str"),
        (["2024-02-29T12:00:00Z", "2024-02-29T12:00:00.5+02:00"], "AwareDatetime"),
        (["2024-02-29T12:00:00"], "NaiveDatetime"),
        (["2024-02-29T12:00:00", "2024-02-29T12:00:00Z"], "str"),
        (["2024-13-29T12:00:00Z"], "str"),
        (["5c0e5b1a-6c9d-4b5a-8b5e-0f6a4d3c2b1a"], "UUID"),
        (["5c0e5b1a6c9d4b5a8b5e0f6a4d3c2b1a"], "str"),
        (["12.50"], "str"),
        ([[1, 2], []], "list[int]"),
        ([[1, None]], "list[int | None]"),
        ([[]], "list[Any]"),
        ([[1, "x"]], "list[Any]"),
        ([[[1.5, 2]]], "list[list[Decimal]]"),
        ([{}], "dict[str, Any]"),
        ([{"2024-01-01": 1}, {"2024-01-02": 2}], "dict[str, Any]"),
        ([{"a": 1}], "ThingThing"),
    ],
)
def test_a_type_is_as_narrow_as_all_that_was_seen_allows(values: list[Any], type_: str) -> None:
    assert line("thing", *values) == f"thing: {type_}"


def test_a_field_that_is_not_always_there_is_optional() -> None:
    text = written([{"id": 1, "note": "x"}, {"id": 2}])

    assert "    id: int\n    note: str | None = None\n" in text


def test_text_is_a_decimal_where_the_name_says_that_it_is_an_amount() -> None:
    assert line("total_price", "12.50", "3.00") == "total_price: Decimal"
    assert line("version", "12.50", "3.00") == "version: str"


STATES = ["new", "open", "done"] * 10


@pytest.mark.parametrize(
    ("name", "values", "whole", "is_enum"),
    [
        ("kind", STATES, False, True),
        ("ticketKind", STATES, False, True),
        ("kind", STATES[:12], False, False),
        ("kind", ["new", "open"] * 20, False, False),
        ("kind", [*STATES, "gone"], False, False),
        ("kind", [f"k{number % 9}" for number in range(90)], False, False),
        ("kind", [f"a {text}" for text in STATES], False, False),
        ("title", STATES, False, False),
        ("status", STATES, False, False),
        ("status", STATES, True, True),
    ],
)
def test_an_enumeration_is_one_only_where_it_is_evident(
    name: str, values: list[str], *, whole: bool, is_enum: bool
) -> None:
    (field,) = fields(*({name: value} for value in values), whole=whole).values()

    assert hasattr(field.type, "values") == is_enum


def test_what_lies_in_a_wrapper_becomes_a_column_of_its_own() -> None:
    features = [
        {"type": "Feature", "id": "a", "properties": {"mag": 1.5, "type": "quake"}, "geometry": {"type": "Point"}}
    ]

    found = fields(*features)

    assert {name: field.path for name, field in found.items()} == {
        "type": ("type",),
        "id": ("id",),
        "mag": ("properties", "mag"),
        "properties_type": ("properties", "type"),
        "geometry": ("geometry",),
    }


def test_a_wrapper_that_is_not_always_there_stays_what_it_is() -> None:
    assert set(fields({"id": 1, "properties": {"a": 1}}, {"id": 2})) == {"id", "properties"}
    assert set(fields({"id": 1, "properties": {"a": 1}}, {"id": 2, "properties": None})) == {"id", "properties"}


def test_objects_of_the_same_fields_share_a_class() -> None:
    person = {"name": "Ada", "age": 36}
    text = written([{"author": person, "editor": person, "readers": [person]}])

    assert text.count("class ") == 2
    assert "author: Author\n    editor: Author\n    readers: list[Author]\n" in text


def test_moments_in_numbers_are_told_in_a_comment() -> None:
    assert fields({"time": 1_517_966_773_840})["time"].comment == "it looks like milliseconds since 1970"
    assert fields({"created": 1_517_966_773})["created"].comment == "it looks like seconds since 1970"
    assert fields({"created": 17})["created"].comment == ""
    assert fields({"size": 1_517_966_773})["size"].comment == ""


@pytest.mark.parametrize(
    ("key", "column", "nested"),
    [
        ("id", "id", "id"),
        ("createdAt", "created_at", "createdAt"),
        ("HTMLUrl", "html_url", "html_url"),
        ("class", "class_", "class_"),
        ("json", "json_", "json_"),
        ("model_dump", "model_dump_", "model_dump_"),
        ("ctid", "ctid_", "ctid_"),
        ("_object", "object", "object"),
        ("prix (€)", "prix", "prix"),
        ("+1", "plus_1", "plus_1"),
        ("2024", "field_2024", "field_2024"),
        ("名前", "field", "field"),
        ("", "field", "field"),
        ("x" * 70, "x" * 40, "x" * 40),
    ],
)
def test_a_field_is_called_as_the_api_calls_it_unless_that_cannot_be(key: str, column: str, nested: str) -> None:
    assert (field_name(key, (), column=True), field_name(key, (), column=False)) == (column, nested)


def test_names_that_would_be_the_same_are_told_apart() -> None:
    text = written([{"user_id": 1, "userId": 2, "user-id": 3}])

    assert '    user_id: int\n    user_id_2: int = Field(validation_alias="userId")\n' in text
    assert [column.name for column in stream_in(text).columns] == ["user_id", "user_id_2", "user_id_3"]


@pytest.mark.parametrize(
    ("many", "one"),
    [
        ("orders", "order"),
        ("categories", "category"),
        ("addresses", "address"),
        ("statuses", "status"),
        ("status", "status"),
        ("news", "news"),
        ("order_items", "order_item"),
        ("boxes", "box"),
        ("movies", "movy"),
        ("bus", "bus"),
    ],
)
def test_a_class_is_named_for_one_of_many(many: str, one: str) -> None:
    assert singular(many) == one


def test_a_class_is_called_unlike_all_others() -> None:
    assert class_name("items", ()) == "Item"
    assert class_name("items", {"Item"}, "Order") == "OrderItem"
    assert class_name("items", {"Item", "OrderItem"}, "Order") == "OrderItem2"
    assert class_name("2024", ()) == "N2024"
    assert class_name("名前", ()) == "Record"


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("earthquake.usgs.gov", "usgs"),
        ("api.github.com", "github"),
        ("www.bbc.co.uk", "bbc"),
        ("api.my-shop.example.com", "example"),
        ("localhost", ""),
        ("127.0.0.1", ""),
    ],
)
def test_a_source_is_named_for_its_domain(host: str, name: str) -> None:
    assert source_name(host) == name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/orders", "orders"),
        ("/summary/all_week.geojson", "all_week"),
        ("/repos/octocat/hello/issues", "issues"),
        ("/users/42", "users"),
        ("/places/city.json", "city"),
        ("/api/v2/", "records"),
        ("/orders/{order_id}", "orders"),
    ],
)
def test_a_stream_is_named_for_the_last_word_of_its_path(path: str, name: str) -> None:
    assert stream_name(path) == name
