"""Templates: what they may say, and that nothing from outside breaks out of its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minidata.core.dialect.names import Library
from minidata.core.dialect.rendering import About, Renderer, Rendering, SqlFile
from minidata.core.dialect.variables import Outside, literal
from minidata.core.errors import ConfigError, UnknownName
from minidata.core.places import Place, Rendered
from minidata.core.queries.relations import Known

MACROS = SqlFile(
    "sql/macros/money.sql",
    "{% macro euros(c) %}({{ c }} / 100.0){% endmacro %}\n"
    "{% macro of(m) %}{{ euros('n') }} from {{ ref(m) }}{% endmacro %}",
)
EVIL = "x'; drop table y; --"


def render(text: str, **variables: str | float) -> Rendering:
    outside = Outside({"evil": EVIL, **variables}, {"REGION": "eu", "API_KEY": "hush"})
    return Renderer(Known.of({"a", "stg_orders"}), Library.of("p", {"p": [MACROS]}), outside).render(
        SqlFile("m.sql", text), About("me")
    )


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("{{ ref('a') }}", '"analytics"."a"'),
        ("{{ source('shop', 'orders') }}", '"shop"."orders"'),
        ("{{ this }}", '"analytics"."me"'),
        ("{{ config(materialized='table') }}x", "x"),
        ("{% for s in ['a', 'b'] %}{{ s }}{{ ',' if not loop.last }}{% endfor %}", "a,b"),
        ("{% set n = 2 %}{{ n * 3 }}", "6"),
        ("{{ of('a') }}", '(n / 100.0) from "analytics"."a"'),
        ("{{ var('day') }} '{{ var('day') }}' {{ var('n') + 1 }} {{ var('no', 'x') }}", "2026-01-31 '2026-01-31' 6 x"),
        ("{% if var('day') == '2026-01-31' %}yes{% endif %}", "yes"),
        ("{{ env_var('REGION') }} {{ env_var('NOWHERE', 'us') }}", "eu us"),
        ("{{ var('evil') | literal }}", "'x''; drop table y; --'"),
        ("{{ [1, none, true, 'a'] | literal }}", "1, null, true, 'a'"),
        ("select '%s {}' -- ;", "select '%s {}' -- ;"),
    ],
)
def test_templates_render(text: str, sql: str) -> None:
    assert render(text, day="2026-01-31", n=5).sql == sql


def test_what_is_named_is_noted_wherever_it_stands() -> None:
    rendering = render("{{ config(tags=['x']) }}-- {{ ref('a') }}\n{{ of('stg_orders') }}{{ source('s', 't') }}")

    assert rendering.refs == {"a", "stg_orders"}
    assert rendering.sources == {("s", "t")}
    assert rendering.config == {"tags": ["x"]}


@pytest.mark.parametrize(
    "way",
    [
        "{{ var('evil') }}",
        "'{{ var('evil') }}'",
        "{{ var('evil') | upper }}",
        "{{ var('evil') | replace('a', 'b') }}",
        "{{ var('evil') ~ '' }}",
        "{{ 'x' + var('evil') }}",
        "{{ '%s' % var('evil') }}",
        "{{ '%s' | format(var('evil')) }}",
        "{{ '{}'.format(var('evil')) }}",
        "{{ [var('evil')] }}",
        "{{ {'x': var('evil')} | pprint }}",
        "{{ ['x', var('evil')] | join(' ') }}",
        "{{ var('evil') | list }}",
        "{{ var('evil')._value }}",
        "{{ euros(var('evil')) }}",
        "{% set x = var('evil') %}{{ x | string }}",
        "{{ var('evil') | tojson }}",
        "{{ var('evil') | first }}",
    ],
)
def test_a_variable_has_no_way_into_sql_but_as_a_literal(way: str) -> None:
    with pytest.raises(ConfigError, match=r"^m\.sql:1|money\.sql:1"):
        render(way)


@given(st.text() | st.text("a1_-/*.:'\"\\ \n;"))
def test_a_value_that_stands_in_sql_as_it_is_ends_no_quote_and_begins_no_comment(value: str) -> None:
    try:
        sql = render("{{ var('day') }}", day=value).sql
    except ConfigError:
        return

    assert sql == value
    assert not set(value) & set("'\"$;\\ \n()*")
    assert "--" not in f"-{value}-"


@given(st.text(st.characters(exclude_characters="\0")))
def test_a_literal_holds_all_of_a_text(value: str) -> None:
    inside = literal(value)[1:-1]

    assert inside.replace("''", "").count("'") == 0
    assert inside.replace("''", "'") == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n{{ nope }}", "m.sql:2: 'nope' is undefined"),
        ("\n\n{% if %}", "m.sql:3: Expected an expression"),
        ("{{ 1 / 0 }}", "m.sql:1: division by zero"),
        ("{{ ''.__class__ }}", "m.sql:1: access to attribute '__class__'"),
        ("{{ range(1000000) }}", "m.sql:1: Range too big"),
        ("{{ ref('a', 'b') }}", "m.sql:1: unknown project 'a', there is: p"),
        ("{{ env_var('API_KEY') }}", "m.sql:1: env_var('API_KEY') may be a secret"),
        ("{{ env_var('NOWHERE') }}", "m.sql:1: the environment has no NOWHERE"),
        ("{{ var('nowhere') }}", "m.sql:1: unknown variable 'nowhere'"),
        ("\n{{ of('b') }}", "sql/macros/money.sql:2: unknown model 'b'"),
        ("{% include 'x' %}", "m.sql:1: no loader"),
        ("{{ " + "(" * 2000 + "1" + ")" * 2000 + " }}", "m.sql: the template is nested too deeply"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        render(text)

    assert str(caught.value).startswith(said)


def test_an_unknown_model_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'stg_orders'"):
        render("{{ ref('stg_order') }}")


def test_a_line_that_a_loop_moved_is_found_by_its_words() -> None:
    written = "select\n{% for x in [1, 2] %}\n  {{ x }},\n{% endfor %}\n  nope\nfrom a"
    place = Rendered("m.sql", written=written, text=render(written).sql)

    lines = place.text.splitlines()
    assert place.at(lines.index("  nope") + 1) == Place("m.sql", 5)
    assert place.at(lines.index("  2,") + 1) == Place("m.sql")
