"""What a patch makes of a file: the Rows expect what was seen, and the rest of the file is as it was."""

import subprocess
from pathlib import Path
from textwrap import dedent

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from drifting import Records, exact, file_of, left, orders, patch
from inferring import RECORDS, SLOW, said_by_ruff, source_in, written
from minidata.core.drifting.patching import unified
from minidata.core.fitting.checking import checker_of

ORDER = '''
class Order(Row):
    """An order."""

    id: int
    status: Literal["placed", "shipped"] = Field(description="What has become of it.")  # see the manual
    note: str = Field(max_length=80, description="What the customer wants to tell the courier.")
    tags: Annotated[list[str], Field(max_length=9)]

    @property
    def long(self) -> bool:
        return len(self.note) > 9
'''
GOOD = {"id": 1, "status": "placed", "note": "", "tags": []}


def changed(classes: str, *records: object) -> str:
    """The lines that a patch takes out of a file with *classes*, and those that it puts in."""
    old = file_of(dedent(classes))
    found = patch(old, records)
    assert not found.by_hand
    assert not left(found.text, records)
    for arguments in (["format", "--check"], ["format", "--check", "--line-length=120"], ["check", "--select=I"]):
        assert said_by_ruff(found.text, arguments) == ""
    diff = unified("shop.py", old, found.text).splitlines()[2:]
    return "\n".join(line for line in diff if line[:1] in {"+", "-"})


def by_hand(classes: str, *records: object) -> dict[str, str]:
    """What a patch leaves to a person, and why; the file stays as it is."""
    text = file_of(dedent(classes))
    found = patch(text, records)
    assert found.text == text
    return {one.about: one.why for one in found.by_hand}


def test_fields_are_added_behind_the_others_with_the_types_that_were_seen() -> None:
    new = {"gift": True, "sent": "2024-02-29T12:00:00Z", "by": "a1b2", "sum": 1.5, "at": "2024-02-29", "any": None}

    assert changed(ORDER, {**GOOD, **new}) == dedent("""\
        +import datetime as dt
        +from decimal import Decimal
        +    gift: bool | None = None
        +    sent: AwareDatetime | None = None
        +    by: str | None = None
        +    sum: Decimal | None = None
        +    at: dt.date | None = None
        +    # Always null so far: kept as jsonb until its type is known
        +    any: Any = None""")


def test_what_was_stored_before_still_fits() -> None:
    found = patch(file_of(ORDER), [{**GOOD, "gift": True}])

    assert checker_of(orders(found.text).row).check(exact([GOOD])).rejected == ()


def test_objects_become_models_above_and_names_are_kept_apart() -> None:
    new = {"long": 1, "Order": {"id": 1}, "model_x": 2, "buyers": [{"a b": 1}]}

    lines = changed(ORDER, {**GOOD, **new})

    assert "+class OrderOrder(Row):\n+    id: int" in lines
    assert '+    long_2: int | None = Field(default=None, validation_alias="long")' in lines
    assert "+    buyers: list[Buyer] | None = None" in lines


def test_a_literal_that_becomes_too_long_for_its_line_gets_a_name() -> None:
    assert changed(ORDER, {**GOOD, "status": "lost"}) == dedent("""\
        +
        +Status = Literal["placed", "shipped", "lost"]
        -    status: Literal["placed", "shipped"] = Field(description="What has become of it.")  # see the manual
        +    status: Status = Field(description="What has become of it.")  # see the manual""")


def test_a_literal_that_has_a_name_is_widened_there() -> None:
    classes = """\
        State = Literal["open", "closed"]
        Kind = Literal[
            "a",  # the first
            "b",
        ]


        class Order(Row):
            id: int
            state: State
            states: list[State] = []
            kind: Kind
    """

    record = {"id": 1, "state": "lost", "states": ["lost", "a state with quite a long name", "and another one"]}

    assert changed(classes, {**record, "kind": "c"}) == dedent("""\
        -State = Literal["open", "closed"]
        +State = Literal[
        +    "open",
        +    "closed",
        +    "lost",
        +    "a state with quite a long name",
        +    "and another one",
        +]
        +    "c",""")


def test_a_field_that_becomes_too_long_is_broken_up() -> None:
    assert changed(ORDER, {**GOOD, "note": None}) == dedent("""\
        -    note: str = Field(max_length=80, description="What the customer wants to tell the courier.")
        +    note: str | None = Field(
        +        max_length=80,
        +        description="What the customer wants to tell the courier.",
        +    )""")


@pytest.mark.parametrize(
    ("line", "value", "new"),
    [
        ('Literal["a"]', "b", 'Literal["a", "b"]'),
        ("Literal['a', 'b'] | None", "c", "Literal['a', 'b', \"c\"] | None"),
        ("list[Literal[1, 2]]", [1, 3], "list[Literal[1, 2, 3]]"),
        (
            'Annotated[list[Literal["a"]], Field(max_length=3)]',
            ["b"],
            'Annotated[list[Literal["a", "b"]], Field(max_length=3)]',
        ),
        ("str", None, "str | None"),
        ("list[str]", ["a", None], "list[str | None]"),
        ("Annotated[int, Field(ge=1)]", None, "Annotated[int | None, Field(ge=1)]"),
        ('"Order"', None, '"Order | None"'),
    ],
)
def test_a_type_is_changed_in_its_line(line: str, value: object, new: str) -> None:
    classes = f"class Order(Row):\n    id: int\n    value: {line}\n"

    text = patch(file_of(classes), [{"id": 1, "value": value}]).text

    assert text == file_of(classes).replace(f"value: {line}\n", f"value: {new}\n")
    assert not left(text, [{"id": 1, "value": value}])


def test_a_key_does_not_become_optional() -> None:
    text = file_of(ORDER).replace("row=Order", 'row=Order, key="id"').replace("Order)]", 'Order, key="id")]')

    found = patch(text, [{**GOOD, "id": None}])

    assert found.text == text


def test_a_class_that_several_streams_use_gets_all_that_is_new_in_any() -> None:
    classes = """\
        class Item(Row):
            id: int


        class Order(Row):
            items: list[Item]
            first: Item
    """

    lines = changed(classes, {"items": [{"id": 1, "tax": 1}], "first": {"id": 2, "fee": "x"}})

    assert lines == "+    tax: int | None = None\n+    fee: str | None = None"


def test_what_lies_deeper_gets_the_way_to_it() -> None:
    classes = """\
        class Order(Row):
            mag: float = Field(validation_alias=AliasPath("properties", "mag"))
            url: str = Field(validation_alias="link")
    """

    assert changed(classes, {"properties": {"mag": 1, "url": "u"}, "link": "l", "type": "t"}) == dedent("""\
        +    type: str | None = None
        +    properties_url: str | None = Field(
        +        default=None,
        +        validation_alias=AliasPath("properties", "url"),
        +    )""")


@pytest.mark.parametrize(
    ("classes", "record", "left_over"),
    [
        ("class Order(Row): id: int", {"new": 1}, {"Order": "the lines of Order are not 4 spaces deep"}),
        ("class Order(Row):\n  id: int", {"new": 1}, {"Order": "the lines of Order are not 4 spaces deep"}),
        (
            "class Base(Row):\n    id: int\n\n\nclass Order(Base):\n    pass",
            {"id": 1, "new": 1},
            {"Order": "Order has no field of its own to put others behind"},
        ),
        (
            'Order = type("Order", (Row,), {"__annotations__": {"id": int}, "__module__": __name__})',
            {"id": 1, "new": 1},
            {"Order": "it has no class Order at its left"},
        ),
        (
            "class Out:\n    class Order(Row):\n        id: int\n\n\nOrder = Out.Order",
            {"id": 1, "new": 1},
            {"Order": "it is defined inside of something else"},
        ),
        (
            "class Field(Row):\n    x: int\n\n\nclass Order(Row):\n    id: int",
            {"id": 1, "new-one": 1},
            {"Order": "it calls something else Field"},
        ),
        (
            'VALUES = ("a", "b")\n\n\nclass Order(Row):\n    kind: Literal[VALUES]  # type: ignore[valid-type]',
            {"kind": "c"},
            {"Order.kind": "the type of Order.kind is not spelled as a Literal"},
        ),
        (
            "from enum import Enum\n\n\nclass Kind(Enum):\n    A = 1\n\n\nclass Order(Row):\n    kind: Kind",
            {"kind": 2},
            {"Order.kind": "its values are those of an Enum"},
        ),
        (
            "import typing_extensions as t\nclass Item(t.TypedDict):\n    id: int\nclass Order(Row):\n    item: Item",
            {"item": {"id": 1, "tax": 1}},
            {"Item": "it is no model: what may be absent is NotRequired in it"},
        ),
    ],
)
def test_what_cannot_be_done_safely_is_left_to_a_person(
    classes: str, record: object, left_over: dict[str, str]
) -> None:
    assert by_hand(classes, record) == left_over


def test_a_text_of_ever_new_values_is_left_to_a_person() -> None:
    found = by_hand(ORDER, *({**GOOD, "status": str(number)} for number in range(99)))

    assert found == {"Order.status": "more than 64 values are new: it may be no Literal"}


def test_a_person_is_given_the_lines() -> None:
    (found,) = patch(file_of("class Order(Row): id: int"), [{"id": 1, "gift": True}]).by_hand

    assert found.lines == "    gift: bool | None = None\n"


def test_a_file_keeps_its_line_ends() -> None:
    text = file_of(ORDER).replace("\n", "\r\n")

    new = patch(text, [{**GOOD, "gift": True}]).text

    assert new == text.replace("Field(max_length=9)]", "Field(max_length=9)]\r\n    gift: bool | None = None")


def test_a_patch_applies(tmp_path: Path) -> None:
    """With `patch` and with git; also where the file does not end in a newline."""
    for ending in ("", "\n"):
        old = file_of(ORDER).rstrip() + ending
        new = patch(old, [{**GOOD, "gift": True, "status": "lost"}]).text
        for command in (["patch", "-p0", "--silent"], ["git", "apply", "-p0"]):
            (tmp_path / "shop.py").write_text(old)
            diff = unified("shop.py", old, new)
            subprocess.run(command, cwd=tmp_path, input=diff.encode(), check=True)
            assert (tmp_path / "shop.py").read_text() == new


@given(RECORDS, RECORDS)
@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
def test_after_the_patch_drift_finds_nothing_that_it_addresses(before: Records, after: Records) -> None:
    text = written(before)

    found = patch(text, [*before, *after])

    assert found.by_hand == ()
    assert left(found.text, [*before, *after]) == {}
    assert checker_of(orders(found.text).row).check(exact(before)).rejected == ()


@given(st.lists(st.tuples(RECORDS, RECORDS), min_size=1, max_size=4))
@settings(max_examples=5, deadline=None, suppress_health_check=SLOW)
def test_the_formatter_has_nothing_to_say_of_a_patched_file(tables: list[tuple[Records, Records]]) -> None:
    text = written(*(before for before, _ in tables))

    patched = patch(text, *(after for _, after in tables)).text

    assert source_in(patched)
    for width in ("88", "120"):
        assert said_by_ruff(patched, ["format", "--check", "--line-length", width]) == "", patched
