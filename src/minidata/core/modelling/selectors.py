"""
One selector, as dbt spells it, and which nodes it names by itself::

    @ 2+ method.argument:value +1

Without a method the value is a path when it has a ``/``, a file when it ends as one does, else a name or a part of the
way of folders to it, where ``*``, ``?`` and ``[a-z]`` stand for others.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from minidata.core.errors import ConfigError

_SHAPE = re.compile(
    r"(?P<family>@)?(?:(?P<up>\d*)\+)?(?:(?P<method>[\w.]+):)?(?P<value>.*?)(?:\+(?P<down>\d*))?\Z", re.DOTALL
)
WILD = re.compile(r"[*?\[\]]")
_FILES = (".sql", ".py", ".csv")
# How deep a person can mean; more digits than these would be no number that Python reads.
_MAX_DEPTH = 6


@dataclass(frozen=True)
class Node:
    """
    What can be selected: its *kind* (dbt's resource type), *name*, *fqn* (package, folders, name) and *path*.

    *notes_path* is the property file's that speaks of it. *reads* are the ids of its parents, *source* the name of the
    source that a table belongs to. *test* is a generic test's own name, such as unique. *changes* says in what it
    differs from what is published: ``new``, or some of body, configs, relation, macros, persisted_descriptions. The
    *fqn* of a *versioned* model ends in its name and its version, such as v2.
    """

    kind: str
    name: str
    fqn: tuple[str, ...]
    path: str
    reads: frozenset[str] = frozenset()
    notes_path: str = ""
    tags: frozenset[str] = frozenset()
    config: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    test: str = ""
    changes: frozenset[str] = frozenset()
    enabled: bool = True
    versioned: bool = False

    @property
    def package(self) -> str:
        """The project that it is part of."""
        return self.fqn[0]


@dataclass(frozen=True)
class Known:
    """What is known of the project: all its *nodes*, disabled ones too, its *package*, and the *folder* it lies in."""

    nodes: tuple[Node, ...]
    package: str
    folder: str


@dataclass(frozen=True)
class Selector:
    """A selector that was read. A depth of None is any."""

    text: str
    method: str
    arguments: tuple[str, ...]
    value: str
    parents_of_children: bool
    parents: bool
    parents_depth: int | None
    children: bool
    children_depth: int | None

    @property
    def is_plain_name(self) -> bool:
        """Whether it can only mean a node by its name."""
        return self.method == "fqn" and "." not in self.value and not WILD.search(self.value)


def read_selector(part: str, text: str) -> Selector:
    """Return the selector *part* of *text*. Raises ConfigError when it is none."""
    found = _SHAPE.match(part)
    if found is None or not found["value"]:
        raise ConfigError(f"the selector {text!r} names nothing", hint="write stg_orders, +stg_orders or tag:nightly")
    method, *arguments = (found["method"] or _method_of(found["value"])).split(".")
    if found["family"] and found["down"] is not None:
        raise ConfigError(f"the selector {text!r} has @ and + around one name", hint="@x means x+ and all they read")
    return Selector(
        text=text,
        method=method,
        arguments=tuple(arguments),
        value=found["value"],
        parents_of_children=bool(found["family"]),
        parents=found["up"] is not None,
        parents_depth=_depth(found["up"], text),
        children=found["down"] is not None,
        children_depth=_depth(found["down"], text),
    )


def _method_of(value: str) -> str:
    if "/" in value:
        return "path"
    return "file" if value.lower().endswith(_FILES) else "fqn"


def _depth(digits: str | None, text: str) -> int | None:
    if digits and len(digits) > _MAX_DEPTH:
        raise ConfigError(f"the selector {text!r} goes too deep")
    return int(digits) if digits else None
