"""Selectors: what dbt's words select, and that sets of them are sets."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from dbts import answers
from minidata.core.errors import ConfigError, UnknownName
from minidata.core.modelling.selection import Nodes
from minidata.core.modelling.selectors import Node


def model(name: str, *reads: str, folder: str = "staging", kind: str = "model", **facts: Any) -> Node:
    """A model of the package shop; what it *reads* are ids."""
    given = {"path": f"models/{folder}/{name}.sql", "config": {"materialized": "view"}, **facts}
    return Node(kind, name, ("shop", *folder.split("/"), name), reads=frozenset(reads), **given)


def a_test(name: str, *reads: str, test: str = "", **facts: Any) -> Node:
    """A data test, with its config as dbt has it."""
    config = {"materialized": "test", "severity": "ERROR"}
    return model(name, *reads, kind="test", test=test, **{"config": config, **facts})


SHOP = Nodes(
    {
        "shop.orders": Node(
            "source", "orders", ("shop", "staging", "api", "orders"), "models/sources.yml", source="api"
        ),
        "shop.items": Node("source", "items", ("shop", "staging", "api", "items"), "models/sources.yml", source="api"),
        "stg_orders": model("stg_orders", "shop.orders", tags=frozenset({"nightly"}), changes=frozenset({"body"})),
        "stg_items": model(
            "stg_items", "shop.items", changes=frozenset({"new"}), notes_path="models/staging/notes.yml"
        ),
        "joined": model("joined", "stg_orders", "stg_items", folder="marts/core", tags=frozenset({"nightly", "money"})),
        "revenue": model(
            "revenue",
            "joined",
            "countries",
            folder="marts",
            config={"materialized": "table", "meta": {"owner": "ann"}, "docs": {"show": True}, "grants": ["a", "b"]},
        ),
        "countries": Node("seed", "countries", ("shop", "countries"), "seeds/countries.csv"),
        "unused": model("unused", enabled=False),
        "unique_orders": a_test("unique_stg_orders_id", "stg_orders", test="unique"),
        "relation_items": a_test("relationships_items", "stg_items", "stg_orders", test="relationships"),
        "sums": a_test("sums_are_right", "revenue", folder="sums", config={"materialized": "test", "severity": "warn"}),
        "orders_work": model("orders_work", "stg_orders", kind="unit_test"),
    },
    package="shop",
    folder="sql",
)
STG_ORDERS = {"stg_orders", "unique_orders", "relation_items", "orders_work"}
STG_ITEMS = {"stg_items", "relation_items"}
REVENUE = {"revenue", "sums"}


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        ("stg_orders", STG_ORDERS),
        ("shop.staging", STG_ORDERS | STG_ITEMS),
        ("staging", STG_ORDERS | STG_ITEMS),
        ("shop", {*STG_ORDERS, *STG_ITEMS, *REVENUE, "joined", "countries"}),
        ("marts.*", REVENUE | {"joined"}),
        ("marts.core.joined", {"joined"}),
        ("core.*", set()),
        ("stg_*", STG_ORDERS | STG_ITEMS),
        ("stg_item?", STG_ITEMS),
        ("*.core.*", {"joined"}),
        ("fqn:joined", {"joined"}),
        ("+joined", {*STG_ORDERS, *STG_ITEMS, "joined", "shop.orders", "shop.items"}),
        ("1+joined", {*STG_ORDERS, *STG_ITEMS, "joined"}),
        ("0+joined", {"joined"}),
        ("joined+", {"joined", *REVENUE}),
        ("stg_items+1", {*STG_ITEMS, "joined"}),
        ("1+joined+1", {*STG_ORDERS, *STG_ITEMS, "joined", *REVENUE}),
        ("@countries", {*STG_ORDERS, *STG_ITEMS, *REVENUE, "joined", "countries", "shop.orders", "shop.items"}),
        ("+unique_stg_orders_id", {*STG_ORDERS, "shop.orders"}),
        ("tag:nightly", {*STG_ORDERS, "joined"}),
        ("tag:m*y", {"joined"}),
        ("tag:nightly,tag:money", {"joined"}),
        ("tag:nightly joined", {*STG_ORDERS, "joined"}),
        ("stg_orders,stg_items", {"relation_items"}),
        ("path:models/staging", STG_ORDERS | STG_ITEMS),
        ("models/staging/", STG_ORDERS | STG_ITEMS),
        ("./models/marts", REVENUE | {"joined"}),
        ("sql/models/marts", REVENUE | {"joined"}),
        ("models/**/joined.sql", {"joined"}),
        ("path:models/*/joined.sql", set()),
        ("path:models/staging/notes.yml", STG_ITEMS),
        ("path:models/sources.yml", {"shop.orders", "shop.items"}),
        ("joined.sql", {"joined"}),
        ("file:joined", {"joined"}),
        ("file:countries.*", {"countries"}),
        ("source:api+", {*STG_ORDERS, *STG_ITEMS, "joined", *REVENUE, "shop.orders", "shop.items"}),
        ("source:api.orders+1", {"shop.orders", *STG_ORDERS}),
        ("source:shop.api.items", {"shop.items"}),
        ("source:*.ord*", {"shop.orders"}),
        ("config.materialized:table", REVENUE),
        ("config.meta.owner:ann", REVENUE),
        ("config.docs.show:TRUE", REVENUE),
        ("config.grants:b", REVENUE),
        ("config.severity:Warn", {"sums"}),
        ("config.meta.owner.more:ann", set()),
        ("resource_type:seed", {"countries"}),
        ("resource_type:test", {"unique_orders", "relation_items", "sums"}),
        ("package:this,resource_type:model", {*STG_ORDERS, *STG_ITEMS, *REVENUE, "joined"}),
        ("package:other", set()),
        ("test_type:singular", {"sums"}),
        ("test_type:generic", {"unique_orders", "relation_items"}),
        ("test_type:unit", {"orders_work"}),
        ("test_type:data", {"unique_orders", "relation_items", "sums"}),
        ("test_name:unique", {"unique_orders"}),
        ("test_name:*", {"unique_orders", "relation_items", "orders_work"}),
        ("unit_test:*work", {"orders_work"}),
        ("unit_test:shop.orders_work", {"orders_work"}),
        ("state:new", STG_ITEMS),
        ("state:modified", STG_ORDERS | STG_ITEMS),
        ("state:modified.body", STG_ORDERS | STG_ITEMS),
        ("state:modified.configs", STG_ITEMS),
        ("state:modified.macros", set()),
        ("state:old,resource_type:model", {*STG_ORDERS, *REVENUE, "joined"}),
        ("state:modified+", {*STG_ORDERS, *STG_ITEMS, "joined", *REVENUE}),
        ("unused", set()),
    ],
)
def test_a_selector_selects_what_dbt_selects(selector: str, selected: set[str]) -> None:
    found = SHOP.select([selector])

    assert found.nodes == selected
    assert bool(found.notes) == (not found.nodes)


def test_without_selectors_all_is_selected_that_is_enabled() -> None:
    assert SHOP.select().nodes == SHOP.by_id.keys() - {"unused"}
    assert SHOP.select([" "]).nodes == SHOP.by_id.keys() - {"unused"}


def test_paths_may_be_told_from_above_the_project() -> None:
    nodes = Nodes({"stg": Node("model", "stg", ("shop", "stg"), "sql/models/stg.sql")}, "shop", "sql")

    assert [nodes.select([way]).nodes for way in ("models/stg.sql", "sql/models", "sql/**/stg.sql")] == [{"stg"}] * 3


def test_what_is_excluded_takes_its_tests_along() -> None:
    found = SHOP.select(["staging"], ["stg_items"])

    assert found.nodes == STG_ORDERS - {"relation_items"}


def test_an_excluded_test_leaves_its_model() -> None:
    assert SHOP.select(["stg_orders"], ["test_type:generic"]).nodes == {"stg_orders", "orders_work"}


def test_a_selector_that_selects_nothing_is_told_of() -> None:
    found = SHOP.select(["tag:none joined"], ["tag:noone"])

    assert found.nodes == {"joined"}
    assert found.notes == ("'tag:none' selects nothing", "'tag:noone' selects nothing")


@pytest.mark.parametrize("words", [["stg_order"], ["joined", "+stg_order"], ["tag:money,stg_order"]])
def test_an_unknown_name_is_an_error_that_says_the_nearest(words: list[str]) -> None:
    with pytest.raises(UnknownName, match="unknown model 'stg_order', did you mean 'stg_orders'"):
        SHOP.select(words)


def test_an_unknown_name_to_exclude_is_an_error_too() -> None:
    with pytest.raises(UnknownName, match="unknown model 'joind', did you mean 'joined'"):
        SHOP.select([], ["joind"])


@pytest.mark.parametrize(
    ("selector", "words"),
    [
        ("@joined+", r"@ and \+ around one name"),
        ("joined,,revenue", "'joined,,revenue' names nothing"),
        ("+", "'\\+' names nothing"),
        ("9999999+joined", "goes too deep"),
        ("tga:x", "tga:x: unknown selector method 'tga', did you mean 'tag'"),
        ("exposure:x", "unknown selector method 'exposure'"),
        ("config:table", "names no setting"),
        ("resource_type:modle", "unknown resource type 'modle', did you mean 'model'"),
        ("test_type:unique", "unknown test type 'unique'"),
        ("state:changed", "unknown state 'changed'"),
        ("source:a.b.c.d", "names no source"),
    ],
)
def test_what_is_no_selector_is_one_clear_error(selector: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        SHOP.select([selector])


NAMES = "abcdefgh"


@st.composite
def graphs(draw: st.DrawFn) -> Nodes:
    """Models and tests, each reading some of those before it."""
    nodes: dict[str, Node] = {}
    for name in NAMES[: draw(st.integers(1, len(NAMES)))]:
        models = sorted(one for one, node in nodes.items() if node.kind == "model")
        reads = draw(st.sets(st.sampled_from(models))) if models else set()
        kind = "test" if reads and draw(st.integers(0, 3)) == 0 else "model"
        tags = draw(st.frozensets(st.sampled_from(["red", "blue"])))
        nodes[name] = model(name, *reads, kind=kind, tags=tags)
    return Nodes(nodes, "shop")


def ancestors(nodes: Nodes, name: str) -> set[str]:
    """The plain way to find all that *name* reads, far and near, and itself."""
    found = {name}
    for parent in nodes.by_id[name].reads:
        found |= ancestors(nodes, parent)
    return found


def with_tests(nodes: Nodes, names: set[str]) -> set[str]:
    return names | {one for one, node in nodes.by_id.items() if node.kind == "test" and node.reads & names}


SELECTORS = st.sampled_from(["tag:red", "tag:blue", "+tag:red", "tag:blue+", "@tag:red", "1+tag:blue+1", "a", "*"])


@given(graphs(), SELECTORS, SELECTORS)
def test_selectors_are_sets(nodes: Nodes, one: str, other: str) -> None:
    both, first, second = nodes.select([one, other]).nodes, nodes.select([one]).nodes, nodes.select([other]).nodes

    assert both == first | second
    assert nodes.select([f"{one} {other}"]).nodes == both
    assert nodes.select([f"{one},{other}"]).nodes == first & second
    assert nodes.select([one], [other]).nodes == first - second
    assert nodes.select([], [one]).nodes == nodes.by_id.keys() - first
    assert nodes.select([f"{one},{one}"]).nodes == first


@given(graphs(), st.data())
def test_a_plus_selects_all_ancestors_or_descendants(nodes: Nodes, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(nodes.by_id)))
    up = ancestors(nodes, name)
    down = {one for one in nodes.by_id if name in ancestors(nodes, one)}
    family = {parent for one in down for parent in ancestors(nodes, one)}

    assert nodes.select([f"+{name}"]).nodes == with_tests(nodes, up)
    assert nodes.select([f"{name}+"]).nodes == with_tests(nodes, down)
    assert nodes.select([f"+{name}+"]).nodes == with_tests(nodes, up | down)
    assert nodes.select([f"@{name}"]).nodes == with_tests(nodes, family)
    assert nodes.select([f"{len(NAMES)}+{name}"]).nodes == with_tests(nodes, up)


@given(graphs(), st.data())
def test_as_many_steps_as_are_said(nodes: Nodes, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(nodes.by_id)))

    parents = set(nodes.by_id[name].reads)

    assert nodes.select([f"1+{name}"]).nodes == with_tests(nodes, {name} | parents)
    assert nodes.select([f"2+{name}"]).nodes == with_tests(
        nodes, {name} | parents | {two for one in parents for two in nodes.by_id[one].reads}
    )


WAYS = st.lists(st.sampled_from(["staging", "marts", "core.x"]), max_size=2)
WORDS = st.one_of(
    st.sampled_from(
        [
            "a",
            "b*",
            "?",
            "[ab]",
            "a.v2",
            "b_v2",
            "shop.a.v2",
            "*v2",
            "shop",
            "staging",
            "marts.*",
            "*.staging.*",
            "shop.*.c",
            "core.x",
            "staging.core.*",
        ]
    ),
    st.sampled_from(["tag:red", "tag:*e*", "a.sql", "file:b", "package:this", "package:sh?p", "resource_type:test"]),
    st.sampled_from(["config.materialized:table", "config.severity:WARN", "config.on:true", "config.many:x"]),
    st.sampled_from(["test_type:generic", "test_type:data", "test_name:uni*", "*"]),
)
BEFORE, AFTER = st.sampled_from(["", "", "+", "1+", "2+", "0+", "@"]), st.sampled_from(["", "", "+", "+1", "+2"])


@st.composite
def selectors(draw: st.DrawFn) -> str:
    parts = []
    for _ in range(draw(st.integers(1, 2))):
        before, after = draw(BEFORE), draw(AFTER)
        parts.append(before + draw(WORDS) + ("" if before == "@" else after))
    return ",".join(parts)


@st.composite
def projects(draw: st.DrawFn) -> dict[str, Node]:
    nodes: dict[str, Node] = {}
    for name in NAMES[: draw(st.integers(1, len(NAMES)))]:
        models = sorted(one for one, node in nodes.items() if node.kind == "model")
        reads = draw(st.frozensets(st.sampled_from(models))) if models else frozenset()
        kind = "test" if reads and draw(st.integers(0, 2)) == 0 else "model"
        config = {
            "materialized": draw(st.sampled_from(["table", "view"])),
            "severity": draw(st.sampled_from(["warn", "error"])),
            "on": draw(st.booleans()),
            "many": draw(st.lists(st.sampled_from("xy"))),
        }
        test = draw(st.sampled_from(["", "unique", "unison"])) if kind == "test" else ""
        tags = draw(st.frozensets(st.sampled_from(["red", "blue"])))
        versioned = kind == "model" and draw(st.integers(0, 3)) == 0
        fqn = ("shop", *draw(WAYS), name, *(["v2"] if versioned else []))
        nodes[name] = Node(
            kind, name, fqn, f"models/{name}.sql", reads, tags=tags, config=config, test=test, versioned=versioned
        )
    return nodes


CASES = st.lists(
    st.tuples(projects(), st.lists(selectors(), min_size=1, max_size=2), st.lists(selectors(), max_size=1)),
    min_size=20,
    max_size=60,
)


@pytest.mark.dbt
@settings(max_examples=12, phases=[Phase.generate])  # to find a smaller one, too, would ask dbt again and again
@given(cases=CASES)
def test_dbt_selects_the_same(dbt_venv: Path, cases: list[tuple[dict[str, Node], list[str], list[str]]]) -> None:
    asked = [
        {
            "nodes": {
                name: {
                    "kind": node.kind,
                    "fqn": node.fqn,
                    "path": node.path,
                    "reads": sorted(node.reads),
                    "tags": sorted(node.tags),
                    "config": node.config,
                    "test": node.test,
                    "versioned": node.versioned,
                }
                for name, node in nodes.items()
            },
            "include": include,
            "exclude": exclude,
        }
        for nodes, include, exclude in cases
    ]

    told = answers(dbt_venv, Path(__file__).with_name("dbts_selecting.py"), asked)

    for (nodes, include, exclude), theirs in zip(cases, told, strict=True):
        # For a plain name that nothing has, dbt only warns.
        with suppress(UnknownName):
            assert sorted(Nodes(nodes, "shop").select(include, exclude).nodes) == theirs
