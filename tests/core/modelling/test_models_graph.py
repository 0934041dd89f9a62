"""Files become Models in an order, and fingerprints that change when, and only when, something under them does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minidata.core.dialect.rendering import SqlFile
from minidata.core.dialect.variables import Outside
from minidata.core.errors import ConfigError, UnknownName
from minidata.core.modelling.fingerprints import World, decide
from minidata.core.modelling.graph import Graph
from minidata.core.modelling.models import Models
from minidata.core.modelling.reading import ModelFiles, read_models
from minidata.core.modelling.versions import base_name, relation_name

Reads = dict[str, list[str]]
POSITIONS = {("shop", "orders"): "1"}


def models(texts: dict[str, str], notes: str = "", tests: dict[str, str] | None = None) -> Models:
    files = ModelFiles(
        models=[SqlFile(f"sql/models/{name}.sql", text) for name, text in texts.items()],
        properties=[SqlFile("sql/models/notes.yml", notes)] if notes else [],
        tests=[SqlFile(f"sql/tests/{name}.sql", text) for name, text in (tests or {}).items()],
    )
    return read_models(files, Outside({}, {}))


@st.composite
def graphs(draw: st.DrawFn) -> Reads:
    """Names, each reading some of those before it, in any order."""
    names = [f"m{n}" for n in range(draw(st.integers(1, 8)))]
    reads = {name: draw(st.lists(st.sampled_from(names[:n]), unique=True)) if n else [] for n, name in enumerate(names)}
    return {name: reads[name] for name in draw(st.permutations(names))}


@given(graphs())
def test_nothing_comes_before_what_it_reads(reads: Reads) -> None:
    graph = Graph.of(reads)

    assert sorted(graph.order) == sorted(reads)
    assert all(graph.order.index(parent) < graph.order.index(name) for name in reads for parent in reads[name])
    assert Graph.of(dict(sorted(reads.items()))).order == graph.order


@given(graphs(), st.data())
def test_a_choice_has_all_that_it_reads_and_no_more(reads: Reads, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(reads)))

    chosen = Graph.of(reads).chosen([name])

    assert chosen[-1] == name
    assert all(set(reads[one]) <= set(chosen) for one in chosen)
    assert all(any(one in reads[other] for other in chosen) for one in chosen[:-1])


@pytest.mark.parametrize(
    ("reads", "shown"),
    [({"a": ["a"]}, "a → a"), ({"a": ["b"], "b": ["c"], "c": ["a"], "d": []}, "a → b → c → a")],
)
def test_a_circle_is_shown_along_what_reads_what(reads: Reads, shown: str) -> None:
    with pytest.raises(ConfigError, match=shown):
        Graph.of(reads)


def test_an_unknown_choice_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'revenue'"):
        Graph.of({"revenue": []}).chosen(["revenu"])


def prints(reads: Reads, changed: str = "", positions: dict[tuple[str, str], str] | None = None) -> dict[str, str]:
    """Fingerprints of models that read each other as *reads* says; m0 reads a source, *changed* has another text."""
    texts = {
        name: " ".join(
            [f"select {2 if name == changed else 1} as n", *(f"union all select n from {p}" for p in parents)]
        )
        for name, parents in reads.items()
    }
    texts["m0"] += " union all select id from shop.orders"
    understood = models(texts).by_name
    graph = Graph.of({name: model.refs for name, model in understood.items()})
    world = World(POSITIONS if positions is None else positions, "r")
    return {name: one.fingerprint for name, one in decide(graph, understood, understood, world).items()}


def below(reads: Reads, name: str) -> set[str]:
    """Return *name* and all that reads it, far and near."""
    graph = Graph.of(reads)
    return {other for other in reads if name in graph.chosen([other])}


@given(graphs(), st.data())
def test_a_fingerprint_changes_if_and_only_if_something_under_it_does(reads: Reads, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(reads)))
    before, after = prints(reads), prints(reads, changed=name)

    assert {one for one in reads if before[one] != after[one]} == below(reads, name)


@given(graphs())
def test_more_rows_in_a_source_change_what_reads_it(reads: Reads) -> None:
    before, after = prints(reads), prints(reads, positions={("shop", "orders"): "2"})

    assert {one for one in reads if before[one] != after[one]} == below(reads, "m0")


@given(graphs())
def test_without_a_source_there_is_no_fingerprint_of_what_reads_it(reads: Reads) -> None:
    assert prints(reads, positions={}).keys() == reads.keys() - below(reads, "m0")


def test_a_long_name_fits_with_its_fingerprint() -> None:
    assert relation_name("stg_orders", "0123456789ab") == "stg_orders__0123456789ab"
    assert len(relation_name("x" * 63, "0123456789ab")) == 63
    assert relation_name("xä" * 21, "0123456789ab") == "xä" * 16 + "x__0123456789ab"
    assert base_name("x" * 63, "0123456789ab") == "x" * 43 + "__0123456789ab__rows"


@pytest.mark.parametrize("name", ["or ders", "ö", "x" * 64, "", "a;b", 'a"b'])
def test_a_model_has_a_plain_name(name: str) -> None:
    with pytest.raises(ConfigError, match=r"sql/models/.*\.sql: .* will not do as a name of models"):
        models({name: "select 1"})


@pytest.mark.parametrize("name", ["Orders", "1st", "stg-orders", "dim.v1", "_x"])
def test_a_model_may_be_named_as_in_dbt(name: str) -> None:
    assert list(models({name: "select 1", "reader": f"select * from {{{{ ref('{name}') }}}}"}).by_name) == sorted(
        [name, "reader"]
    )


def test_two_models_of_one_name_are_refused() -> None:
    files = ModelFiles(models=[SqlFile("sql/models/x/a.sql", "select 1"), SqlFile("sql/models/y/A.sql", "select 1")])

    with pytest.raises(ConfigError, match=r"y/A\.sql and sql/models/x/a\.sql are models of one name"):
        read_models(files, Outside({}, {}))


def test_a_file_is_stronger_than_what_is_said_about_it() -> None:
    notes = "models: [{name: a, config: {materialized: view, tags: x}}, {name: b, config: {materialized: table}}]"
    found = models({"a": "{{ config(materialized='table') }}select 1", "b": "select 1", "c": "select 1"}, notes).by_name

    assert [found[name].materialized for name in "abc"] == ["table", "table", "view"]
    assert found["a"].tags == ("x",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ config(materialized='snapshot') }}select 1", "materialized is 'snapshot'"),
        ("{{ config(materialised='table') }}select 1", "unknown config 'materialised', did you mean"),
        ("{{ config(tags=1) }}select 1", "tags must be a word or a list of words"),
    ],
)
def test_a_config_that_is_not_understood_is_refused(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        models({"a": text})
