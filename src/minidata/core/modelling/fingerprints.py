"""
Fingerprints: when two builds of a Model must give the same relation.

Of the Model's own query, how it is materialized, its parents' fingerprints, and how far its sources have come. So a
relation named after its fingerprint is up to date as long as it is there.
"""

import hashlib
import json
from collections.abc import Mapping

from minidata.core.modelling.graph import Graph
from minidata.core.modelling.models import Model
from minidata.core.names import MAX_BYTES
from minidata.core.queries.relations import Source

DIGITS = 12
# Changed when the same Model must be built again since minidata builds it in another way.
_WAY = 1


def fingerprints(
    graph: Graph, models: Mapping[str, Model], positions: Mapping[Source, str], run: str
) -> dict[str, str]:
    """
    Return the fingerprint of each Model of *graph* whose sources all have a position.

    *positions* say how far each source's table has come; a Model that has one without, or that reads a Model without
    a fingerprint, is left out. *run* differs each time: it stands in the fingerprint of a Model that asks for the
    time or for chance.
    """
    found: dict[str, str] = {}
    for name in graph.order:
        model = models[name]
        if model.sources <= positions.keys() and graph.reads[name] <= found.keys():
            found[name] = _digest(
                [
                    _WAY,
                    name,
                    model.materialized,
                    model.query.digest,
                    run if model.query.restless else "",
                    sorted((parent, found[parent]) for parent in graph.reads[name]),
                    sorted((*source, positions[source]) for source in model.sources),
                ]
            )
    return found


def notes_fingerprint(model: Model) -> str:
    """Return the fingerprint of what is said about a Model: its description and its columns'."""
    return _digest([model.description, sorted(model.columns.items())])


def relation_name(name: str, fingerprint: str) -> str:
    """Return the name of the relation that is built: a long Model's name is cut, for the fingerprint has it whole."""
    return f"{name[: MAX_BYTES - DIGITS - 2]}__{fingerprint}"


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:DIGITS]
