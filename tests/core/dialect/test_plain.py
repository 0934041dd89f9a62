"""What needs no compiling gives what Jinja gives; what goes wrong is told by Jinja."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2.utils import missing

from minidata.core.dialect import plain
from minidata.core.dialect.jinja import SqlFile, compiled

NAMES: dict[str, Any] = {
    "ref": lambda *names, **more: f'"analytics"."{".".join(map(str, names))}"{sorted(more.items()) or ""}',
    "config": lambda **_: "",
    "this": '"analytics"."me"',
    "none_at_all": None,
    "number": 3,
}
PIECES = [
    "select 1", "\n", "\r\n", "\r", " ", "-- é😀", "{", "}", "{ {", "'%s'", "{{ ref('a') }}", "{{ref( 'a' , \"b\" )}}",
    "{{ config(materialized='table', tags=['a', 'b'], enabled=true, n=1.5) }}", "{{ this }}", "{{\n ref('a')\n}}",
    "{{ none_at_all }}", "{{ number }}", "{{ 'x' }}", "{{ true }}", "{{ none }}", "{{ [1, 'a', none] }}",
    "{{ ref(number) }}",
    "{{ ref('a', version=2) }}", "{{ ref(ref('a')) }}", "{{ number + 1 }}", "{% if number %}x{% endif %}", "{# no #}",
    "{{- this -}}", "{{ ref('a') | upper }}", "{{ [this, 'b'] | join(',') }}", "{{ 'a' 'b' }}", "{{ '}' }}",
    "{{ \"it's\" }}",
    "{{ ref('a\\nb') }}", "{{ 1_000 }}",
]  # fmt: skip


def find(name: str) -> Any:
    return NAMES.get(name, missing)


@given(st.lists(st.sampled_from(PIECES), max_size=6).map("".join))
def test_a_plain_template_gives_what_jinja_gives(text: str) -> None:
    try:
        found = plain.rendered(text, find)
    except plain.NotPlainError:
        return
    assert found == compiled(SqlFile("m.sql", text)).render(find)


@pytest.mark.parametrize(
    "text",
    [
        "select * from {{ ref('a') }}",
        "{{ config(materialized='table', tags=['a']) }}x",
        "{{ this }}{{ none }}{{ 'x' }}",
    ],
)
def test_most_models_are_plain(text: str) -> None:
    assert plain.rendered(text, find) == compiled(SqlFile("m.sql", text)).render(find)


@pytest.mark.parametrize(
    "text",
    [
        "{% set a = 1 %}", "{{ a.b }}", "{{ ref('a').name }}", "{{ unknown }}", "{{ ref(**number) }}", "{{ -1 }}",
        "{{ ref('a' }}",
        "{{ ref('a') # no }}", "{{ ref('a')", "{{ f'x' }}", "{{ b'x' }}", "{{ lambda: 1 }}", "{{ ref(*number) }}",
    ],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_jinja(text: str) -> None:
    with pytest.raises(plain.NotPlainError):
        plain.rendered(text, find)


def test_what_a_name_raises_is_not_swallowed() -> None:
    def failing(_: str) -> Callable[..., Any]:
        raise LookupError

    with pytest.raises(LookupError):
        plain.rendered("{{ this }}", failing)
