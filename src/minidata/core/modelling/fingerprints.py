"""
Fingerprints: when two builds of a Model must give the same relation, and why one must be built.

Of the Model's own query and config, its parents' fingerprints, and how far its sources have come. So a relation named
after its fingerprint is up to date as long as it is there. An increment's fingerprint has the version that it was made
upon as well.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from minidata.core.modelling.configuring import Materialized
from minidata.core.modelling.graph import Graph
from minidata.core.modelling.models import Model
from minidata.core.modelling.reasons import UNKNOWN, is_loaded, why_built
from minidata.core.modelling.versions import DIGITS, Parts, Version
from minidata.core.queries.relations import Source

# Changed when the same Model must be built again since minidata builds it in another way.
_WAY = 2

Action = Literal["keep", "build", "increment"]


@dataclass(frozen=True)
class World:
    """
    What fingerprints depend on besides the Models.

    *positions* say how far each table that is there has come; *run* differs each time. *live* is what is published,
    *there* the relations that are built. *full_refresh* builds anew whatever has changed or not.
    """

    positions: Mapping[Source, str]
    run: str
    live: Mapping[str, Version] = field(default_factory=dict)
    there: Collection[str] = frozenset()
    full_refresh: bool = False
    live_views: bool = False


@dataclass(frozen=True)
class Decision:
    """
    What is to become of a Model: built as *how* says, as an increment upon what is live, or kept as it is.

    *why* says what has changed, in words; it is empty when nothing has.
    """

    action: Action
    how: Materialized
    fingerprint: str
    inputs: str
    parts: Parts
    why: str = ""


def decide(graph: Graph, models: Mapping[str, Model], chosen: Collection[str], world: World) -> dict[str, Decision]:
    """
    Return what is to become of each Model that can be built, or read as it is published.

    One that is not *chosen* is read as it is published. Left out is a Model of which a source's table, or another
    Model, is not there.
    """
    found: dict[str, Decision] = {}
    for name in graph.order:
        model = models[name]
        if name not in chosen and model.materialized != "ephemeral":
            version = world.live.get(name)
            if version and version.relation in world.there:
                how: Materialized = "view"
                found[name] = Decision("keep", how, version.fingerprint, version.inputs, version.parts)
        elif model.sources <= world.positions.keys() and graph.reads[name] <= found.keys():
            found[name] = _decision(model, graph, models, found, world)
    return found


def effective(model: Model, models: Mapping[str, Model], world: World) -> Materialized:
    """
    Return how the Model is really built.

    A view of tables that are loaded is stored: its readers would see rows before any test has.
    """
    if model.materialized != "view" or world.live_views:
        return model.materialized
    loaded = any(is_loaded(world.positions.get(source, UNKNOWN)) for source in _read(model, models))
    return "table" if loaded else "view"


def notes_fingerprint(model: Model) -> str:
    """Return the fingerprint of what is said about a Model: its description and its columns'."""
    return digest([model.description, sorted(model.columns.items())])


def digest(value: object) -> str:
    """Return so many digits that differ when *value*, which JSON can hold, does."""
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:DIGITS]


def _read(model: Model, models: Mapping[str, Model]) -> Iterator[Source]:
    """Yield the sources that the Model reads, by itself and through ephemeral ones."""
    seen, stack = {model.name}, [model]
    while stack:
        one = stack.pop()
        yield from one.sources
        inside = [models[name] for name in one.refs - seen if models[name].materialized == "ephemeral"]
        seen |= {other.name for other in inside}
        stack += inside


def _decision(
    model: Model, graph: Graph, models: Mapping[str, Model], found: Mapping[str, Decision], world: World
) -> Decision:
    how = effective(model, models, world)
    parts = Parts(
        sql=digest([model.query.digest, model.increment.digest if model.increment else "", model.made_of]),
        config=digest(_config(model, how)),
        rows=digest(model.seed.text) if model.seed else "",
        parents={parent: found[parent].fingerprint for parent in sorted(graph.reads[model.name])},
        sources={".".join(source): world.positions[source] for source in sorted(model.sources)},
        restless=_restless(model),
    )
    salt = world.run if parts.restless else ""
    made_of = [parts.sql, parts.config, parts.rows, sorted(parts.parents.items()), sorted(parts.sources.items())]
    inputs = digest([_WAY, model.name, how, salt, made_of])
    if how == "ephemeral":
        return Decision("keep", how, inputs, inputs, parts)
    return _compared(model, Decision("build", how, inputs, inputs, parts), world)


def _compared(model: Model, new: Decision, world: World) -> Decision:
    """Return what is to become of the Model, by what is live of it."""
    was = world.live.get(model.name)
    is_there = was is not None and was.relation in world.there
    forced = world.full_refresh and model.config.full_refresh is not False
    if was and is_there and was.inputs == new.inputs and not forced:
        return Decision("keep", new.how, was.fingerprint, new.inputs, new.parts)
    why = "asked by --full-refresh" if forced else why_built(new.parts, was, is_there=is_there)
    action: Action = "build"
    print_of: list[object] = [new.inputs]
    if forced:
        print_of.append(world.run)
    elif new.how == "incremental" and was and is_there and was.base and not model.config.full_refresh:
        action = "increment"
        print_of.append(was.fingerprint)
    same = len(print_of) == 1
    return Decision(action, new.how, new.inputs if same else digest(print_of), new.inputs, new.parts, why)


def _restless(model: Model) -> bool:
    """Whether the Model may be another one though nothing that it is known to read has changed."""
    if model.late and not (model.refs or model.sources):
        return True
    return model.query.restless or bool(model.increment and model.increment.restless)


def _config(model: Model, how: Materialized) -> list[object]:
    """Return what of the config makes another relation."""
    config = model.config
    hooks = (model.before, model.after, model.before_increment, model.after_increment)
    contract = [model.contract.definitions] if model.contract else []
    said: list[object] = [
        how,
        *contract,
        [[hook.template if hook.late else hook.query.digest for hook in some] for some in hooks],
    ]
    if how in {"table", "incremental", "seed"}:
        said += [config.unlogged, [[list(one.columns), one.unique, one.method] for one in config.indexes]]
    if how == "incremental":
        said += [list(config.unique_key), config.strategy, config.on_schema_change]
        said += [list(config.merge_update_columns), list(config.merge_exclude_columns)]
        said += [list(config.incremental_predicates)] if config.incremental_predicates else []
    if how == "seed":
        said += [sorted(config.column_types.items()), config.delimiter, config.quote_columns]
    return said
