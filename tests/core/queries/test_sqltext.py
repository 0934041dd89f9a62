"""What a query reads, and how models' names are replaced in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minidata.core.errors import ConfigError, UnknownName
from minidata.core.places import Place
from minidata.core.queries.relations import Known, quoted
from minidata.core.queries.sqltext import Query, read_query

MODELS = ("a", "b", "stg_orders")
RELATIONS = {name: f'"built"."{name}__1"' for name in MODELS}


def read(text: str) -> Query:
    return read_query(text, Place("m.sql"), Known.of(MODELS))


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("select * from a", 'select * from "built"."a__1" as "a"'),
        ("select * from a as x, b y", 'select * from "built"."a__1" as x, "built"."b__1" y'),
        ('select * from "analytics"."a"', 'select * from "built"."a__1" as "a"'),
        ("select A.n from ANALYTICS.A", 'select A.n from "built"."a__1" as "a"'),
        ("select analytics.a.n from analytics.a", 'select "a".n from "built"."a__1" as "a"'),
        ("select (select max(n) from b) from shop.a", 'select (select max(n) from "built"."b__1" as "b") from shop.a'),
        ("select 'a', \"a\", $$a$$ /* a */ from b -- a", 'select \'a\', "a", $$a$$ /* a */ from "built"."b__1" as "b"'),
        ("select * from only a", 'select * from only "built"."a__1" as "a"'),
        ("select * from a tablesample system (1)", 'select * from "built"."a__1" as "a" tablesample system (1)'),
        ("select 'é😀' from a ; ;\n-- end", 'select \'é😀\' from "built"."a__1" as "a"'),
        (
            "select * from unnest(array[1]) as a (n), b",
            'select * from unnest(array[1]) as a (n), "built"."b__1" as "b"',
        ),
    ],
)
def test_models_are_replaced_where_they_stand(text: str, bound: str) -> None:
    assert read(text).bound(RELATIONS) == bound


@pytest.mark.parametrize(
    ("text", "refs"),
    [
        ("with a as (select 1) select * from a", set()),
        ("with a as (select * from a) select * from a", {"a"}),
        ("with recursive a as (select 1 union all select * from a) select * from a", set()),
        ("with b as (select * from a), a as (select 1) select * from b", {"a"}),
        ("select * from (with a as (select 1) select * from a) x, a", {"a"}),
        ("with a as (select 1) select * from analytics.a", {"a"}),
        ("select 1 from a union (select 2 from b)", {"a", "b"}),
    ],
)
def test_a_common_table_expression_hides_a_model_where_it_is_seen(text: str, refs: set[str]) -> None:
    assert read(text).refs == refs


def test_tables_of_other_schemas_are_sources() -> None:
    query = read('select * from shop.orders, "shop"."Refunds", pg_catalog.pg_class, information_schema.tables, a')

    assert query.sources == {("shop", "orders"), ("shop", "Refunds")}


@pytest.mark.parametrize("text", ["select * from stg_order", "select *\nfrom analytics.stg_order"])
def test_an_unknown_relation_is_told_with_the_nearest_model(text: str) -> None:
    with pytest.raises(UnknownName, match=r"m\.sql:\d: unknown model 'stg_order', did you mean 'stg_orders'"):
        read(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("drop table x", "m.sql:1: it begins with DROP"),
        ("select 1;\nselect 2", "m.sql:1: there is more than one statement"),
        ("with x as (delete from shop.x returning 1) select 1 from x", "m.sql: it does more than read (DELETE)"),
        ("with x as (insert into shop.x values (1) returning 1) select 1", "m.sql: it does more than read (INSERT)"),
        ("select 1 into x", "m.sql: it does more than read (INTO)"),
        ("select\n 1, set_config('role', 'none', true)", "m.sql:2: set_config changes the session"),
        ("select 1 from minidata_build.a__1", "m.sql:1: minidata_build is not for reading, name the model"),
        ("select 1 from other.shop.orders", "m.sql:1: other.shop.orders names a database"),
        ("select 'abc", "m.sql: the SQL cannot be read"),
        (" ;; -- nothing", "m.sql is empty"),
        ("select analytics.a(1)", "m.sql:1: analytics.a is not understood here"),
        ("select " + "(" * 3000 + "1" + ")" * 3000, "m.sql: the SQL is nested too deeply"),
        ("select " + "case when true then " * 30_000 + "1" + " end" * 30_000, "m.sql: the SQL is nested too deeply"),
        ("select " + "not " * 30_000 + "true", "m.sql: the SQL is nested too deeply"),
    ],
)
def test_what_is_no_single_reading_query_is_refused(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)

    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    "text",
    [
        "select now()",
        "select current_date",
        "select n from a order by random()",
        "select n from a where at < 'today'",
        "select n from a where age(max(at, n)) > '1 day'",
        "select n from shop.big tablesample system (10)",
        "select uuid_generate_v4()",
        "select relname from pg_class",
        "select 1 from pg_catalog.pg_class, a",
        "select 1 where exists (select 1 from information_schema.tables)",
        "select 1 from unknown syntax ~~~ information_schema.tables",
    ],
)
def test_a_query_that_asks_for_time_or_chance_is_restless(text: str) -> None:
    assert read(text).restless


@pytest.mark.parametrize(
    "text",
    [
        "with pg_x as (select 1) select pg_typeof(1) from pg_x",
        "select pg_rating from a",
        "select 'now()' from a -- random()",
        "select age(max(at), born) from a",
        "select age, (n) from a",
        "select age",
    ],
)
def test_a_query_that_does_not_is_not(text: str) -> None:
    assert not read(text).restless


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20))
def test_strings_of_any_kind_do_not_move_a_name(text: str) -> None:
    before, after = f"select '{text.replace(chr(39), chr(39) * 2)}' as x from ", " where true"

    assert read(f"{before}a{after}").bound(RELATIONS) == f'{before}"built"."a__1" as "a"{after}'


@given(st.text(min_size=1, max_size=10))
def test_a_quoted_name_has_no_end_but_its_own(name: str) -> None:
    inside = quoted(name)[1:-1]

    assert inside.replace('""', "").count('"') == 0
    assert inside.replace('""', '"') == name
