"""What was seen, however it was put together."""

import hypothesis.strategies as st
from hypothesis import given

from inferring import exact
from minidata.core.inference.shapes import MOST_TEXTS, Shape, shape_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(-9, 9) | st.sampled_from(["", "x", "2024-02-29", "1.50"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(JSON), st.lists(JSON))
def test_shapes_of_parts_make_the_shape_of_the_whole(some: list[object], others: list[object]) -> None:
    parts = shape_of(exact(some))
    parts.absorb(shape_of(exact(others)))

    assert parts == shape_of(exact([*some, *others]))


@given(st.lists(JSON).flatmap(lambda values: st.tuples(st.just(values), st.permutations(values))))
def test_the_order_in_which_values_are_seen_changes_nothing(both: tuple[list[object], list[object]]) -> None:
    one, other = both

    assert shape_of(exact(one)) == shape_of(exact(other))


def test_a_shape_says_how_often_there_was_something_and_what() -> None:
    shape = shape_of(exact([{"a": 1, "b": None}, {"a": 2.5}, {"a": True, "c": [1, None]}]))

    a, b, c = (shape.fields[name] for name in "abc")
    assert (shape.seen, a.seen, b.seen, b.nulls, c.seen) == (3, 3, 1, 1, 1)
    assert dict(a.kinds) == {"int": 1, "decimal": 1, "bool": 1}
    assert c.items is not None
    assert (c.items.seen, c.items.nulls) == (2, 1)


def test_a_meaning_is_kept_as_long_as_every_text_has_it() -> None:
    assert shape_of(["2024-02-29", "2024-03-01"]).means == frozenset({"date"})
    assert shape_of(["2024-02-29", "2024-02-30"]).means == frozenset()
    assert shape_of([]).means is None


def test_too_many_different_texts_are_forgotten() -> None:
    shape = shape_of(map(str, range(MOST_TEXTS)))
    assert shape.texts is not None

    shape.see("one more")

    assert shape.texts is None


def test_a_shape_that_saw_nothing_changes_no_other() -> None:
    shape = shape_of(exact([{"a": "x"}]))
    shape.absorb(Shape())

    assert shape == shape_of(exact([{"a": "x"}]))
