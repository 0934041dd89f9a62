"""Which Models and tests are meant: selectors over what a project has, and over what has changed in it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from minidata.core.modelling.fingerprints import Decision, notes_fingerprint
from minidata.core.modelling.models import Model, Models
from minidata.core.modelling.selection import Nodes
from minidata.core.modelling.selectors import Node
from minidata.core.modelling.versions import Version
from minidata.core.properties.sources import TableNotes
from minidata.core.testing.datatests import DataTest
from minidata.core.testing.unittests import UnitTest

_TEST = "test:"
_UNIT = "unit:"
_SOURCE = "source:"
# What dbt knows of every model, whether anybody says it or not.
_DEFAULTS: Mapping[str, Any] = {"enabled": True, "on_schema_change": "ignore"}


@dataclass(frozen=True)
class Choice:
    """The names of the *models*, and the ids of the *tests* and *units*, that are meant; *notes* are for people."""

    models: frozenset[str]
    tests: frozenset[str]
    notes: tuple[str, ...] = ()
    units: frozenset[str] = frozenset()


def chosen(  # noqa: PLR0913 - what is published decides what has changed
    models: Models,
    select: Sequence[str],
    exclude: Sequence[str],
    *,
    live: Mapping[str, Version],
    decisions: Mapping[str, Decision],
    folder: str = "",
) -> Choice:
    """
    Return what *select* means, all for nothing, less what *exclude* does.

    *folder* is the one that has the models, seen from the project. Raises ConfigError and UnknownName.
    """
    if not select and not exclude:
        tests, units = (frozenset(one.id for one in some) for some in (models.tests, models.unit_tests))
        return Choice(frozenset(models.by_name), tests, units=units)
    changes = {name: _changes(one, live.get(name), decisions.get(name)) for name, one in models.by_name.items()}
    found = Nodes(dict(_nodes(models, changes)), models.project, folder).select(select, exclude)
    return Choice(
        frozenset(found.nodes & models.by_name.keys()),
        _without(_TEST, found.nodes),
        found.notes,
        _without(_UNIT, found.nodes),
    )


def _nodes(models: Models, changes: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, Node]]:
    for name, model in models.by_name.items():
        yield name, _model_node(model, changes[name])
    for test in models.tests:
        yield _TEST + test.id, _test_node(test)
    for unit in models.unit_tests:
        yield _UNIT + unit.id, _unit_node(unit)
    named = {(table.schema, table.identifier): table for table in models.tables}
    read = [*(one.sources for one in models.by_name.values()), *(one.sources for one in models.tests)]
    for source in {source for sources in read for source in sources} | named.keys():
        yield _SOURCE + ".".join(source), _source_node(source, named.get(source), models.project)


def _without(prefix: str, ids: Iterable[str]) -> frozenset[str]:
    return frozenset(name.removeprefix(prefix) for name in ids if name.startswith(prefix))


def _model_node(model: Model, changes: frozenset[str]) -> Node:
    facts = model.about.node
    is_snapshot = facts.get("resource_type") == "snapshot"
    # As it was written: a materialized view is a table here, and is chosen as what its author calls it.
    materialized = model.config.said.get("materialized") or model.materialized
    kind = "snapshot" if is_snapshot else "seed" if model.materialized == "seed" else "model"
    version = facts.get("version")
    name, fqn = (model.name, model.fqn) if version is None else (facts["name"], (*model.fqn[:-1], facts["name"]))
    return Node(
        kind=kind,
        name=name,
        fqn=fqn if version is None else (*fqn, f"v{version}"),
        path=model.file.path or model.place.path,
        reads=frozenset({*model.refs, *(_SOURCE + ".".join(source) for source in model.sources)}),
        notes_path=str(facts.get("patch_path") or "").partition("://")[2],
        tags=frozenset(model.tags),
        config={**_DEFAULTS, **model.config.said, "materialized": "snapshot" if is_snapshot else materialized},
        changes=changes,
        versioned=version is not None,
    )


def _test_node(test: DataTest) -> Node:
    return Node(
        kind="test",
        name=test.name,
        fqn=test.fqn or ("minidata", test.name),
        path=test.path or test.place.path,
        tags=frozenset(test.tags),
        test="" if test.kind == "singular" else test.kind,
        config={**vars(test.config), "materialized": "test"},
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


def _source_node(source: tuple[str, str], said: TableNotes | None, package: str) -> Node:
    """Return a source's table, by the names that it is declared by: its own where it is not."""
    schema, name = (said.source, said.name) if said else source
    path, tags = (said.place.path, said.tags) if said else ("", ())
    return Node(
        "source", name, (package, schema, name), path, tags=frozenset(tags), config={"enabled": True}, source=schema
    )


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
