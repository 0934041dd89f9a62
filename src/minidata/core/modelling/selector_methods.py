"""The methods of dbt's selectors: which nodes ``tag:nightly``, ``path:models/staging`` or a plain name mean."""

from collections.abc import Callable, Collection, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from minidata.core.errors import ConfigError, UnknownName
from minidata.core.modelling.selectors import WILD, Known, Node, Selector

Matches = Callable[[Node], bool]
_KINDS = frozenset(
    {"model", "seed", "source", "test", "unit_test", "snapshot", "analysis", "exposure", "operation", "metric"}
)
_CHANGES = frozenset({"body", "configs", "relation", "macros", "persisted_descriptions", "contract"})


def matching(selector: Selector, nodes: Mapping[str, Node], known: Known) -> set[str]:
    """
    Return the ids of those of *nodes* that the selector names.

    Raises UnknownName for a method that is not there, ConfigError for a value that no node can have.
    """
    if selector.method not in METHODS:
        raise UnknownName("selector method", selector.method, METHODS, where=selector.text)
    matches = METHODS[selector.method](selector, known)
    return {name for name, node in nodes.items() if matches(node)}


def _by_fqn(selector: Selector, _: Known) -> Matches:
    wanted = selector.value

    def matches(node: Node) -> bool:
        if node.kind == "source":
            return False
        return any(_is_within(wanted, fqn, versioned=node.versioned) for fqn in (node.fqn, node.fqn[1:]))

    return matches


def _is_within(wanted: str, fqn: tuple[str, ...], *, versioned: bool) -> bool:
    """Whether *wanted* is the name, the beginning of the way to it, or fits them with what its wildcards stand for."""
    steps, name = wanted.split("."), fqn[-2] if versioned else fqn[-1]
    if name == wanted or (versioned and "_".join(fqn[-2:]) == "_".join(steps[-2:])):
        return True
    # A dot in a name is a way to go, too.
    way = ".".join(fqn).split(".")
    if len(steps) > len(way):
        return False
    wild = next((place for place, step in enumerate(steps) if WILD.search(step)), len(steps))
    if way[:wild] != steps[:wild]:
        return False
    if wild == len(steps) or fnmatchcase(".".join(way[wild:]), ".".join(steps[wild:])):
        return True
    return len(steps) == 1 and fnmatchcase(name, wanted)


def _by_tag(selector: Selector, _: Known) -> Matches:
    return lambda node: any(fnmatchcase(tag, selector.value) for tag in node.tags)


def _by_group(selector: Selector, _: Known) -> Matches:
    return lambda node: bool(node.config.get("group")) and fnmatchcase(str(node.config["group"]), selector.value)


def _by_source(selector: Selector, _: Known) -> Matches:
    parts = selector.value.split(".")
    if len(parts) > 3:  # noqa: PLR2004 - package, source, table
        raise ConfigError(f"the selector {selector.text!r} names no source", hint="write source:shop.orders")
    package, source, table = {1: ["*", *parts, "*"], 2: ["*", *parts]}.get(len(parts), parts)
    return lambda node: (
        node.kind == "source"
        and fnmatchcase(node.package, package)
        and fnmatchcase(node.source, source)
        and fnmatchcase(node.name, table)
    )


def _by_path(selector: Selector, known: Known) -> Matches:
    folder = _steps(known.folder)
    way = _below(folder, _steps(selector.value))

    def matches(node: Node) -> bool:
        notes = node.notes_path and _fits(way, _below(folder, _steps(node.notes_path)))
        return bool(notes) or _is_at_or_below(way, _below(folder, _steps(node.path)))

    return matches


def _steps(path: str) -> tuple[str, ...]:
    return tuple(step for step in path.split("/") if step not in {"", "."})


def _below(folder: tuple[str, ...], path: tuple[str, ...]) -> tuple[str, ...]:
    """Return *path* as seen from *folder*, whether it was told from there or from above."""
    return path[len(folder) :] if path[: len(folder)] == folder else path


def _is_at_or_below(way: tuple[str, ...], path: tuple[str, ...]) -> bool:
    return any(_fits(way, path[:end]) for end in range(len(path) + 1))


def _fits(way: tuple[str, ...], path: tuple[str, ...]) -> bool:
    """Whether *path* is one that the glob *way* names; ``**`` stands for any number of folders."""
    if not way:
        return not path
    if way[0] == "**":
        return any(_fits(way[1:], path[start:]) for start in range(len(path) + 1))
    return bool(path) and fnmatchcase(path[0], way[0]) and _fits(way[1:], path[1:])


def _by_file(selector: Selector, _: Known) -> Matches:
    def matches(node: Node) -> bool:
        name = node.path.rpartition("/")[2]
        stem = name.rpartition(".")[0] or name
        return fnmatchcase(name, selector.value) or fnmatchcase(stem, selector.value)

    return matches


def _by_package(selector: Selector, known: Known) -> Matches:
    wanted = known.package if selector.value == "this" else selector.value
    return lambda node: fnmatchcase(node.package, wanted)


def _by_config(selector: Selector, _: Known) -> Matches:
    if not selector.arguments:
        raise ConfigError(f"the selector {selector.text!r} names no setting", hint="write config.materialized:table")
    return lambda node: node.kind != "unit_test" and _is_set(node.config, selector)


def _is_set(config: Any, selector: Selector) -> bool:
    value = config
    for key in selector.arguments:
        if not isinstance(value, Mapping) or key not in value:
            return False
        value = value[key]
    values = value if isinstance(value, Collection) and not isinstance(value, str | Mapping) else [value]
    wanted = selector.value
    if selector.arguments == ("severity",):
        return any(str(one).lower() == wanted.lower() for one in values)
    return any(str(one).lower() == wanted.lower() if isinstance(one, bool) else one == wanted for one in values)


def _by_kind(selector: Selector, _: Known) -> Matches:
    if selector.value not in _KINDS:
        raise UnknownName("resource type", selector.value, _KINDS, where=selector.text)
    return lambda node: node.kind == selector.value


def _by_test_name(selector: Selector, _: Known) -> Matches:
    return lambda node: (
        fnmatchcase(node.name if node.kind == "unit_test" else node.test, selector.value)
        and (node.kind == "unit_test" or bool(node.test))
    )


def _by_test_type(selector: Selector, _: Known) -> Matches:
    types: Mapping[str, Matches] = {
        "generic": lambda node: node.kind == "test" and bool(node.test),
        "singular": lambda node: node.kind == "test" and not node.test,
        "data": lambda node: node.kind == "test",
        "unit": lambda node: node.kind == "unit_test",
    }
    # dbt's older word for generic ones.
    wanted = "generic" if selector.value == "schema" else selector.value
    if wanted not in types:
        raise UnknownName("test type", selector.value, types, where=selector.text)
    return types[wanted]


def _by_unit_test(selector: Selector, _: Known) -> Matches:
    package, _dot, name = selector.value.rpartition(".")
    return lambda node: (
        node.kind == "unit_test" and fnmatchcase(node.package, package or "*") and fnmatchcase(node.name, name)
    )


def _by_state(selector: Selector, _: Known) -> Matches:
    states: dict[str, Matches] = {
        "new": lambda node: "new" in node.changes,
        "old": lambda node: "new" not in node.changes,
        "modified": lambda node: bool(node.changes),
        "unmodified": lambda node: not node.changes,
    }
    for change in _CHANGES:
        states[f"modified.{change}"] = _changed_in({change} if change == "macros" else {change, "new"})
    if selector.value not in states:
        raise UnknownName("state", selector.value, states, where=selector.text)
    return states[selector.value]


def _changed_in(changes: Iterable[str]) -> Matches:
    wanted = frozenset(changes)
    return lambda node: bool(wanted & node.changes)


METHODS: Mapping[str, Callable[[Selector, Known], Matches]] = {
    "config": _by_config,
    "file": _by_file,
    "fqn": _by_fqn,
    "group": _by_group,
    "package": _by_package,
    "path": _by_path,
    "resource_type": _by_kind,
    "source": _by_source,
    "state": _by_state,
    "tag": _by_tag,
    "test_name": _by_test_name,
    "test_type": _by_test_type,
    "unit_test": _by_unit_test,
}
