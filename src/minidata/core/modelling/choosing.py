"""Which Models and tests are meant: selectors over what a project has, and over what has changed in it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from minidata.core.modelling.fingerprints import Decision, notes_fingerprint
from minidata.core.modelling.models import Model
from minidata.core.modelling.selection import Nodes
from minidata.core.modelling.selectors import Node
from minidata.core.modelling.versions import Version
from minidata.core.testing.datatests import DataTest
from minidata.core.testing.unittests import UnitTest

_TEST = "test:"
_UNIT = "unit:"
_SOURCE = "source:"


@dataclass(frozen=True)
class Choice:
    """The names of the *models*, and the ids of the *tests* and *units*, that are meant; *notes* are for people."""

    models: frozenset[str]
    tests: frozenset[str]
    notes: tuple[str, ...] = ()
    units: frozenset[str] = frozenset()


def chosen(  # noqa: PLR0913 - what is published decides what has changed
    models: Mapping[str, Model],
    tests: Sequence[DataTest],
    select: Sequence[str],
    exclude: Sequence[str],
    *,
    live: Mapping[str, Version],
    decisions: Mapping[str, Decision],
    folder: str = "",
    units: Sequence[UnitTest] = (),
) -> Choice:
    """
    Return what *select* means, all for nothing, less what *exclude* does.

    *folder* is the one that has the models, seen from the project. Raises ConfigError and UnknownName.
    """
    if not select and not exclude:
        return Choice(
            frozenset(models), frozenset(test.id for test in tests), units=frozenset(unit.id for unit in units)
        )
    nodes = {
        name: _model_node(model, _changes(model, live.get(name), decisions.get(name))) for name, model in models.items()
    }
    nodes |= {_TEST + test.id: _test_node(test) for test in tests}
    nodes |= {_UNIT + unit.id: _unit_node(unit) for unit in units}
    sources = {source for model in models.values() for source in model.sources}
    sources |= {source for test in tests for source in test.sources}
    nodes |= {_SOURCE + ".".join(source): _source_node(source) for source in sources}
    package = next((model.fqn[0] for model in models.values() if model.fqn), "")
    found = Nodes(nodes, package, folder).select(select, exclude)
    return Choice(
        frozenset(found.nodes & models.keys()),
        _without(_TEST, found.nodes),
        found.notes,
        _without(_UNIT, found.nodes),
    )


def _without(prefix: str, ids: Iterable[str]) -> frozenset[str]:
    return frozenset(name.removeprefix(prefix) for name in ids if name.startswith(prefix))


def _model_node(model: Model, changes: frozenset[str]) -> Node:
    return Node(
        kind="seed" if model.materialized == "seed" else "model",
        name=model.name,
        fqn=model.fqn or ("minidata", model.name),
        path=model.file.path or model.place.path,
        reads=frozenset({*model.refs, *(_SOURCE + ".".join(source) for source in model.sources)}),
        tags=frozenset(model.tags),
        config=model.config.said,
        changes=changes,
    )


def _test_node(test: DataTest) -> Node:
    return Node(
        kind="test",
        name=test.name,
        fqn=test.fqn or ("minidata", test.name),
        path=test.path or test.place.path,
        tags=frozenset(test.tags),
        test="" if test.kind == "singular" else test.kind,
        config={"severity": test.severity},
        reads=frozenset({*test.refs, *(_SOURCE + ".".join(source) for source in test.sources)}),
    )


def _unit_node(unit: UnitTest) -> Node:
    return Node(
        kind="unit_test",
        name=unit.name,
        fqn=unit.fqn,
        path=unit.path,
        tags=frozenset(unit.tags),
        reads=frozenset({unit.model}),
    )


def _source_node(source: tuple[str, str]) -> Node:
    return Node(kind="source", name=source[1], fqn=("minidata", *source), path="", source=source[0])


def _changes(model: Model, was: Version | None, decision: Decision | None) -> frozenset[str]:
    if was is None:
        return frozenset({"new"})
    return frozenset(_changed(model, was, decision))


def _changed(model: Model, was: Version, decision: Decision | None) -> Iterator[str]:
    if decision and (decision.parts.sql, decision.parts.rows) != (was.parts.sql, was.parts.rows):
        yield "body"
    if decision and decision.parts.config != was.parts.config:
        yield "configs"
    if model.shown != was.shown:
        yield "relation"
    if notes_fingerprint(model) != was.notes:
        yield "persisted_descriptions"
