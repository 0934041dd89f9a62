"""Where what an API sends differs from what a Row says: all of it, nothing else, and how often."""

from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, Optional

import hypothesis.strategies as st
import pytest
from hypothesis import given
from pydantic import AliasChoices, AliasPath, AwareDatetime, BaseModel, ConfigDict, Field, field_validator
from typing_extensions import TypedDict

from drifting import Records, drift_in, exact, seen, told
from minidata.core.drifting.finding import drifts
from minidata.core.drifting.outlines import outline_of
from minidata.core.drifting.seeing import MOST_VALUES
from minidata.core.rows import Row


class Item(Row):
    price: Decimal
    sizes: list[Literal["s", "m"]] = Field(default_factory=list)


class Address(TypedDict):
    city: str


class Order(Row):
    id: int
    status: Literal["placed", "shipped"]
    note: str | None = None
    address: Address | None = None
    items: list[Item]
    extra: dict[str, Any] = Field(default_factory=dict)


GOOD = {"id": 1, "status": "placed", "note": "n", "address": {"city": "c"}, "items": [{"price": "1.5", "sizes": ["s"]}]}
GOOD |= {"extra": {"whatever": [1, "2", None]}}


def test_records_that_are_as_the_row_says_show_nothing() -> None:
    assert told(Order, [GOOD] * 3) == {}


def test_fields_that_no_row_names_are_found_at_every_depth() -> None:
    deep = {**GOOD, "gift": True, "address": {"city": "c", "zip": "1"}, "items": [{"price": 1, "tax": 2, "sizes": []}]}

    found = drift_in(Order, [GOOD, deep], [deep])

    assert {where: (one.times, one.of, one.first) for where, one in found.items()} == {
        ("UNNAMED", "/gift"): (2, 3, "1"),
        ("UNNAMED", "/address/zip"): (2, 3, "1"),
        ("UNNAMED", "/items/*/tax"): (2, 3, "1"),
        ("MIXED", "/items/*/price"): (1, 3, "1"),
    }
    assert found["UNNAMED", "/items/*/tax"].about == "Item"


def test_a_document_is_not_looked_into() -> None:
    assert told(Order, [{**GOOD, "extra": {"new": {"newer": 1}}}]) == {}


def test_fields_that_never_come_and_fields_that_are_always_null_are_told() -> None:
    record = {key: value for key, value in GOOD.items() if key != "note"} | {"address": None}

    assert told(Order, [record, record]) == {("NEVER", "/note"): (0, 2), ("ALWAYS_NULL", "/address"): (2, 2)}


def test_a_renamed_field_is_two_drifts() -> None:
    """V05: what is Optional would be null for ever, and nobody would know."""
    record = {("remark" if key == "note" else key): value for key, value in GOOD.items()}

    assert set(told(Order, [record])) == {("UNNAMED", "/remark"), ("NEVER", "/note")}


def test_new_values_are_counted_and_told_only_if_wanted() -> None:
    records = [{**GOOD, "status": status} for status in ("lost", "lost", "found", "placed")]

    quiet = drift_in(Order, records)["NEW_VALUE", "/status"]
    aloud = drift_in(Order, records, values=True)["NEW_VALUE", "/status"]

    assert (quiet.times, quiet.of, quiet.different, quiet.values) == (3, 4, 2, None)
    assert aloud.values == {"found": 1, "lost": 2}


def test_new_values_in_lists_and_of_enums_are_found() -> None:
    class Size(Enum):
        SMALL = "s"

    class Shirt(Row):
        size: Size
        others: list[list[Literal[1, 2]]]

    found = drift_in(Shirt, [{"size": "l", "others": [[1], [3, 2]]}], values=True)

    assert found["NEW_VALUE", "/size"].values == {"l": 1}
    assert found["NEW_VALUE", "/others/*/*"].values == {"3": 1}


def test_ever_new_values_do_not_fill_the_memory() -> None:
    many = [[{**GOOD, "status": f"{page}-{number}"} for number in range(MOST_VALUES)] for page in range(3)]

    found = drift_in(Order, *many, values=True)["NEW_VALUE", "/status"]

    assert (found.times, found.different) == (3 * MOST_VALUES, MOST_VALUES)


@pytest.mark.parametrize(
    ("kind", "values", "code", "times"),
    [
        (int, [1, 2, "3"], "OTHER_TYPE", 1),
        (int, [1, 1.5], "OTHER_TYPE", 1),
        (float, [1, 1.5], None, 0),
        (Decimal, [1, "1.5", 2], "MIXED", 1),
        (str, ["a", {"b": 1}], "OTHER_TYPE", 1),
        (AwareDatetime, [1700000000], "OTHER_TYPE", 1),
        (list[int], [[1, "2"], []], "OTHER_TYPE", 1),
        (str, [None, "a"], "NULL", 1),
        (list[str], [["a", None]], "NULL", 1),
        (Optional[str], [None, "a"], None, 0),  # noqa: UP045 - as people write it
        (Any, [None, "a", 1], None, 0),
        (dict[str, int], [{"a": "b"}], None, 0),
        (Annotated[int, Field(strict=False)], ["1"], None, 0),
        (list[Literal["a", None]], [[None, "a"]], None, 0),  # noqa: PYI061 - as people write it
        (Literal["a"], [1], "OTHER_TYPE", 1),
    ],
)
def test_what_comes_as_another_type_is_told(kind: Any, values: list[Any], code: str | None, times: int) -> None:
    row = type("Thing", (Row,), {"__annotations__": {"value": kind}})

    found = drift_in(row, [{"value": value} for value in values])

    assert [(one.code, one.times) for one in found.values()] == ([(code, times)] if code else [])


def test_fields_are_looked_for_where_their_aliases_say() -> None:
    class Quake(Row):
        mag: float = Field(validation_alias=AliasPath("properties", "mag"))
        place: str | None = Field(None, validation_alias=AliasPath("properties", "place"))
        lon: float = Field(validation_alias=AliasPath("point", 0))
        name: str = Field(validation_alias=AliasChoices("title", AliasPath("properties", "title")))

    record = {"properties": {"mag": 1, "url": "u", "title": "t"}, "point": [1, 2], "type": "Feature"}

    assert told(Quake, [record, record]) == {
        ("UNNAMED", "/type"): (2, 2),
        ("UNNAMED", "/properties/url"): (2, 2),
        ("NEVER", "/properties/place"): (0, 2),
    }


def test_a_row_that_is_not_strict_takes_other_types() -> None:
    class Lax(Row):
        model_config = ConfigDict(strict=False)
        size: int
        sizes: list[int]

    assert told(Lax, [{"size": "3", "sizes": ["1", 2]}]) == {}
    assert set(told(Lax, [{"size": "3", "sizes": 1}])) == {("OTHER_TYPE", "/sizes")}


def test_what_a_validator_sees_first_is_a_document() -> None:
    class Wide(Row):
        size: int

        @field_validator("size", mode="before")
        @classmethod
        def _number(cls, value: Any) -> int:
            return int(value["cm"])

    assert told(Wide, [{"size": {"cm": "3"}}, {"size": None}]) == {}


def test_a_row_that_holds_rows_like_itself_is_looked_through() -> None:
    class Folder(Row):
        name: str
        folders: "list[Folder]" = Field(default_factory=list)

    Folder.model_rebuild(_types_namespace={"Folder": Folder})
    record = {"name": "a", "folders": [{"name": "b", "folders": [{"name": "c", "color": "red", "folders": []}]}]}

    assert told(Folder, [record]) == {("UNNAMED", "/folders/*/folders/*/color"): (1, 1)}


def test_pointers_are_escaped() -> None:
    assert ("UNNAMED", "/a~1b~0c") in told(Order, [{**GOOD, "a/b~c": 1}])


def test_what_is_no_record_is_left_to_the_check() -> None:
    assert told(Order, [GOOD, "no record", None, 3]) == {}


class Loose(BaseModel):
    a: int | None = None
    b: Literal["x"] = "x"
    c: list["Loose"] = []


VALUES = st.recursive(
    st.none() | st.integers(0, 3) | st.sampled_from(["x", "y"]) | st.just(1.5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=5,
)
PAGES = st.lists(st.lists(VALUES, max_size=3), min_size=1, max_size=4)


@given(PAGES)
def test_pages_together_show_what_all_records_in_one_show(pages: list[Records]) -> None:
    def counted(*given: Records) -> dict[tuple[str, str], tuple[int, int, dict[str, int]]]:
        return {where: (one.times, one.of, dict(one.kinds)) for where, one in drift_in(Loose, *given).items()}

    assert counted(*pages) == counted([record for page in pages for record in page])


@given(PAGES, st.data())
def test_the_first_object_is_the_first_that_shows_it(pages: list[Records], data: st.DataObject) -> None:
    found = drift_in(Loose, *pages)
    one = data.draw(st.sampled_from([*found.values()])) if found else None

    if one and one.first and one.code != "MIXED":
        first = int(one.first)
        assert (one.code, one.pointer) not in drift_in(Loose, *pages[: first - 1])
        if one.code != "ALWAYS_NULL":
            assert (one.code, one.pointer) in drift_in(Loose, *pages[:first])


def test_nothing_seen_is_no_drift() -> None:
    assert drifts(seen(Order), outline_of(Order)) == ()
    assert drifts(seen(Order, exact([])), outline_of(Order)) == ()
