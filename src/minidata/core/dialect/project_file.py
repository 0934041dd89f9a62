"""
``dbt_project.yml``: where a project's files are, what it configures by folders, and its variables.

A project without one has minidata's own layout. Keys are dbt's; those for what is not done here are noted only.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from minidata.core.dialect.jinja import SqlFile
from minidata.core.errors import ConfigError, UnknownName
from minidata.core.places import Place
from minidata.core.yamltext import Entry, read_yaml

NAME = "dbt_project.yml"
_PATHS: Mapping[str, tuple[str, ...]] = {
    "model": ("models",),
    "seed": ("seeds",),
    "test": ("tests",),
    "macro": ("macros",),
    "snapshot": ("snapshots",),
    "analysis": ("analyses",),
}
# What older projects call them.
_OLD = {"source-paths": "model-paths", "data-paths": "seed-paths"}
_KINDS = ("models", "seeds", "tests", "data_tests", "snapshots", "sources", "unit_tests")
_NOTED = (
    "analyses", "asset-paths", "clean-targets", "config-version", "dbt-cloud", "docs-paths", "exposures", "flags",
    "function-paths", "functions", "latest_version", "log-path", "metrics", "packages-install-path", "profile",
    "query-comment", "quoting", "require-dbt-version", "restrict-access", "saved-queries", "semantic-models",
    "target-path", "version",
)  # fmt: skip


@dataclass(frozen=True)
class ProjectFile:
    """
    What the project file says.

    *paths* are the folders of each kind of file (model, seed, test, macro, snapshot, analysis), seen from the
    project file. *configs* has for each kind (models, seeds …) the tree that configures by folders, *order* where
    ``adapter.dispatch`` looks for a package's macros.
    """

    name: str = "project"
    place: Place = field(default=Place(NAME))
    paths: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType(_PATHS))
    variables: Mapping[str, Any] = field(default_factory=dict)
    configs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    on_run_start: tuple[str, ...] = ()
    on_run_end: tuple[str, ...] = ()
    order: Mapping[str, Sequence[str]] = field(default_factory=dict)
    packages_path: str = "dbt_packages"


def read_project_file(file: SqlFile, evaluate: Callable[[str, Place], Any] = lambda text, _: text) -> ProjectFile:
    """
    Return what *file* says, its name and paths as *evaluate* finds them.

    Raises ConfigError and UnknownName, naming the line, for what is not understood.
    """
    top = read_yaml(file.text, file.path)
    known = {f"{kind}-paths" for kind in _PATHS} | {*_OLD, *_KINDS, *_NOTED}
    known |= {"name", "vars", "dispatch", "on-run-start", "on-run-end"}
    for key in top:
        if key not in known and not key.startswith("+"):
            raise UnknownName("key of the project file", key, known, where=str(top.places[key]))
    name = str(evaluate(top.text("name", "project"), top.place))
    return ProjectFile(
        name=name,
        place=Place(file.path),
        paths={kind: _paths(top, kind, default) for kind, default in _PATHS.items()},
        variables=_variables(top, name),
        configs={kind: top.entry(kind) for kind in _KINDS if top.get(kind)},
        on_run_start=_statements(top, "on-run-start"),
        on_run_end=_statements(top, "on-run-end"),
        order={one.text("macro_namespace"): one.items_of("search_order") for one in top.entries("dispatch")},
        packages_path=top.text("packages-install-path", "dbt_packages"),
    )


def _paths(top: Entry, kind: str, default: tuple[str, ...]) -> tuple[str, ...]:
    for key in (f"{kind}-paths", *(old for old, new in _OLD.items() if new == f"{kind}-paths")):
        if top.get(key) is not None:
            paths = top.items_of(key)
            for path in paths:
                if not isinstance(path, str) or path.startswith("/") or ".." in path.split("/"):
                    raise ConfigError(f"{top.places[key]}: {key} must name folders of the project, not {path!r}")
            return tuple(path.strip("/") for path in paths)
    return default


def _variables(top: Entry, name: str) -> Mapping[str, Any]:
    """Return the project's variables: those under its own name win over those for everybody."""
    said = top.entry("vars")
    own = said.get(name)
    return {**said, **own} if isinstance(own, Mapping) else dict(said)


def _statements(top: Entry, key: str) -> tuple[str, ...]:
    value = top.get(key) or []
    statements = [value] if isinstance(value, str) else value
    if not isinstance(statements, list) or not all(isinstance(one, str) for one in statements):
        raise ConfigError(f"{top.places[key]}: {key} must be SQL, or a list of it")
    return tuple(one for one in statements if one.strip())
