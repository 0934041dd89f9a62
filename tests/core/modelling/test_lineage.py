"""Where columns come from, model by model and in the end."""

import pytest

from minidata.core.modelling.configuring import Config
from minidata.core.modelling.lineage import Field, Followed, Kind, Origin, follow, ordered, passed_through, roots
from minidata.core.modelling.models import Model
from minidata.core.places import Place
from minidata.core.queries.relations import Known
from minidata.core.queries.sqltext import read_query

SCHEMA = {
    "shop": {
        "orders": {"id": "bigint", "Total": "numeric", "buyer": "bigint", "items": "jsonb"},
        "odd names": {"a.b": "text", 'c"d': "text"},
    }
}


def models(**queries: str) -> dict[str, Model]:
    known = Known.of(queries)
    made = {}
    for name, sql in queries.items():
        query = read_query(sql, Place(name), known)
        made[name] = Model(name, Place(name), query, query.refs, query.sources)
    return made


def followed(**queries: str) -> dict[str, Followed]:
    made = models(**queries)
    return follow(made, ordered(made, made), SCHEMA, {})


def told(one: Followed, column: str) -> tuple[Kind, set[str]]:
    derivation = one.columns[column]
    names = {
        f"{r.relation if isinstance(r.relation, str) else '.'.join(r.relation)}.{r.column}" for r in derivation.reads
    }
    return derivation.kind, names


@pytest.mark.parametrize(
    ("sql", "kind", "reads"),
    [
        ("select id as x from shop.orders", "passed", {"shop.orders.id"}),
        ('select "Total" + 1 as x from shop.orders', "derived", {"shop.orders.Total"}),
        ("select id::text as x from shop.orders", "derived", {"shop.orders.id"}),
        ("select coalesce(id, buyer) as x from shop.orders", "passed", {"shop.orders.id", "shop.orders.buyer"}),
        ("select count(*) as x from shop.orders", "derived", set()),
        ("select 1 as x", "derived", set()),
        ("select (select max(id) from shop.orders) as x", "derived", {"shop.orders.id"}),
        ("select x from (select id as x from shop.orders union select buyer from shop.orders) u", "passed",
         {"shop.orders.id", "shop.orders.buyer"}),
        ("select 0 as x union all select id from shop.orders", "derived", {"shop.orders.id"}),
        ("with orders as (select * from shop.orders) select buyer as x from orders", "passed", {"shop.orders.buyer"}),
        ('select o."a.b" as x from shop."odd names" o', "passed", {"shop.odd names.a.b"}),
        ('select "c""d" as x from shop."odd names"', "passed", {'shop.odd names.c"d'}),
        ("select v ->> 'sku' as x from shop.orders o, lateral jsonb_array_elements(o.items) as i (v)", "derived",
         {"shop.orders.items"}),
        ("select i ->> 'sku' as x from shop.orders, jsonb_array_elements(items) as i", "unknown", set()),
        ("select x from generate_series(1, 3) x", "derived", set()),
        ("with all_of_it as (select * from crm.leads) select name as x from all_of_it", "passed", {"crm.leads.name"}),
        ("with a as (select * from crm.leads), b as (select * from a) select name as x from b", "unknown", set()),
        ("with a as (select * from crm.leads, crm.other) select name as x from a", "unknown", set()),
        ("select nowhere.x from shop.orders, (select 1 as y) z", "unknown", set()),
    ],
)  # fmt: skip
def test_a_column_is_passed_on_or_derived(sql: str, kind: Kind, reads: set[str]) -> None:
    assert told(followed(m=sql)["m"], "x") == (kind, reads)


def test_a_star_is_all_that_is_known_of_what_it_selects() -> None:
    found = followed(a="select *, 1 as one from shop.orders", b="with a as (select * from analytics.a) select * from a")

    assert list(found["b"].columns) == ["id", "Total", "buyer", "items", "one"]
    assert told(found["b"], "Total") == ("passed", {"a.Total"})


def test_what_cannot_be_followed_is_told_of_that_model_alone() -> None:
    found = followed(
        lost="select * from elsewhere.things",
        values_only="values (1, 2)",
        reader="select l.id, o.buyer from lost l join shop.orders o on o.id = l.id",
        star="select * from lost",
    )

    assert found["lost"].why_not == found["star"].why_not == "it selects * of what has no known columns"
    assert found["values_only"].why_not == "its SQL cannot be followed"
    assert not found["reader"].why_not
    assert told(found["reader"], "id") == ("passed", {"lost.id"})
    assert roots(found)[Field("reader", "id")] == {Field("lost", "id"): "passed"}


def test_columns_that_are_known_otherwise_are_used() -> None:
    made = models(lost="select * from elsewhere.things", star="select * from lost")

    found = follow(made, ordered(made, made), SCHEMA, {"lost": {"id": "bigint"}})

    assert told(found["lost"], "id") == ("unknown", set())
    assert told(found["star"], "id") == ("passed", {"lost.id"})


def test_a_seed_is_where_columns_come_from() -> None:
    made = models(countries="select 1 as code", m="select code from countries")
    seed = made["countries"]
    made["countries"] = Model(
        "countries", seed.place, seed.query, frozenset(), frozenset(), config=Config(materialized="seed")
    )

    found = follow(made, ordered(made, made), SCHEMA, {"countries": {"code": "text"}})

    assert roots(found, ["countries"])[Field("m", "code")] == {Field("countries", "code"): "passed"}


def test_a_value_is_passed_when_it_is_all_the_way() -> None:
    found = followed(
        a='select id, "Total" as total from shop.orders',
        b="select id, total * 2 as total from a",
        c="select coalesce(b.id, a.id) as id, b.total, a.total as first_total from a join b using (id)",
    )

    ends = roots(found)

    total = Field(("shop", "orders"), "Total")
    assert ends[Field("c", "id")] == {Field(("shop", "orders"), "id"): "passed"}
    assert ends[Field("c", "total")] == {total: "derived"}
    assert ends[Field("c", "first_total")] == {total: "passed"}


def test_values_that_are_passed_through_name_their_origins() -> None:
    made = models(a="select * from shop.orders", b="select id as order_id, buyer + 1 as buyer from a")

    assert passed_through(made, "b", SCHEMA) == {"order_id": {Origin("shop", "orders", "id")}, "buyer": frozenset()}


def test_a_deep_graph_of_diamonds_is_followed_model_by_model() -> None:
    """Each reads the two before it, which makes more ways down than could be walked."""
    queries = {"m0": "select id from shop.orders", "m1": "select id from m0"}
    for n in range(2, 80):
        queries[f"m{n}"] = f"select coalesce(a.id, b.id) as id from m{n - 1} a join m{n - 2} b using (id)"

    found = followed(**queries)

    assert roots(found)[Field("m79", "id")] == {Field(("shop", "orders"), "id"): "passed"}
