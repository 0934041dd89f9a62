"""
Versions: what a Model is published as, and what that was made of, so that a later analyze can say what is different.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from minidata.core.names import MAX_BYTES
from minidata.core.queries.relations import PUBLISHED

DIGITS = 12
_ROWS = "__rows"


@dataclass(frozen=True)
class Parts:
    """
    What a relation is made of, each part as a digest or a position that differs when the part does.

    *sql* is the Model's query, *config* what it is configured to be, *rows* a seed's, *parents* the fingerprints of the
    Models that it reads, *sources* how far the tables had come. *restless* is a query that may answer differently all
    the same.
    """

    sql: str = ""
    config: str = ""
    rows: str = ""
    parents: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    restless: bool = False


@dataclass(frozen=True)
class Version:
    """
    What a Model is published as: its *relation* in ``minidata_build``, shown to readers as *schema*.*alias*.

    *fingerprint* is the relation's, *inputs* that of its *parts* alone. An incremental Model's relation shows the rows
    of the table *base* as they were at *number*. *notes* stand for what is said of it, *grants* for whom it is granted.
    """

    relation: str
    fingerprint: str
    materialized: str
    notes: str
    schema: str = PUBLISHED
    alias: str = ""
    inputs: str = ""
    base: str = ""
    number: int = 0
    grants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parts: Parts = field(default_factory=Parts)

    @classmethod
    def read(cls, name: str, kept: Mapping[str, Any]) -> Self:
        """Return what was kept of the Model *name*; what an older minidata did not keep is left at nothing."""
        known = {one.name for one in fields(cls)}
        values = {key: value for key, value in kept.items() if key in known}
        values["alias"] = values.get("alias") or name
        values["parts"] = Parts(**values.get("parts", {}))
        values["grants"] = {key: tuple(roles) for key, roles in values.get("grants", {}).items()}
        return cls(**values)

    @property
    def shown(self) -> tuple[str, str]:
        """The schema and the name that readers know it by."""
        return self.schema, self.alias

    def kept(self) -> dict[str, Any]:
        """Return it as a value of JSON."""
        return asdict(self)


def relation_name(name: str, fingerprint: str) -> str:
    """Return the name of the relation that is built: a long Model's name is cut, for the fingerprint has it whole."""
    return f"{_cut(name, MAX_BYTES - DIGITS - 2)}__{fingerprint}"


def base_name(name: str, fingerprint: str) -> str:
    """Return the name of the table with all versions of an incremental Model's rows."""
    return f"{_cut(name, MAX_BYTES - DIGITS - 2 - len(_ROWS))}__{fingerprint}{_ROWS}"


def _cut(name: str, size: int) -> str:
    """Return as much of *name* as goes into *size* bytes."""
    return name.encode()[:size].decode(errors="ignore")
