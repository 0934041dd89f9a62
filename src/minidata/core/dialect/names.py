"""
What a template's names mean: macros of the project before what is built in, then dbt's own macros.

dbt's rule: a macro of the project hides what is built in, and a package's own macro even within the package, which
must name itself to be sure; ``adapter.dispatch`` looks for ``postgres__name`` before ``default__name``.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from jinja2.utils import missing

from minidata.core.dialect.helpers import HELPERS, ROW_COUNT
from minidata.core.dialect.jinja import TEST, Module, SqlFile, Template, compiled
from minidata.core.dialect.words import ELSEWHERE
from minidata.core.errors import ConfigError

DBT = "dbt"
_PREFIXES = ("postgres__", "default__")
_ONE_OF_DBT = re.compile(r"\{%-? (macro|test) (\w+)\(.*?\{%-? end\1 -?%\}", re.DOTALL)


@dataclass(frozen=True)
class Library:
    """
    All macros by package and name; *root* is the project's own package.

    *order* says in which packages ``adapter.dispatch`` looks for macros of a package, where the project says so.
    """

    root: str
    packages: Mapping[str, Mapping[str, Template]]
    order: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: Mapping[str, Iterable[SqlFile]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, root: str, files: Mapping[str, Iterable[SqlFile]], order: Mapping[str, Sequence[str]] | None = None
    ) -> "Library":
        """Compile the *files* of each package. Raises ConfigError for a macro that is there twice."""
        return cls(root, {package: _macros(texts) for package, texts in files.items()}, order or {}, files)

    def has_own(self, name: str) -> bool:
        """Whether the project, or a package, has a macro of this name of its own, or one to dispatch it to."""
        names = {name, *(prefix + name for prefix in _PREFIXES)}
        return any(names & macros.keys() for macros in self.packages.values())

    def tests(self, package: str = "") -> list[str]:
        """Return the names of the generic tests that a package has, the project and dbt where none is said."""
        macros = [*self.packages.get(package or self.root, {}), *(() if package else _texts_of_dbt())]
        return sorted(name.removeprefix(TEST) for name in macros if name.startswith(TEST))

    @cached_property
    def texts(self) -> Sequence[tuple[str, str]]:
        """All that is written in it, and in which package."""
        return [(package, file.text) for package, files in sorted(self.files.items()) for file in files]

    @property
    def paths(self) -> set[str]:
        """The files that macros are in."""
        return {template.path for macros in self.packages.values() for template in macros.values()}

    def template(self, package: str, name: str) -> Template | None:
        """Return the template that has a package's macro; None when there is none."""
        if package != DBT:
            return self.packages.get(package, {}).get(name)
        return _of_dbt(name) if name in _texts_of_dbt() else None

    def searched(self, package: str | None) -> Sequence[str]:
        """Return the packages in which a macro of *package* is looked for."""
        if package is None:
            return (self.root, DBT)
        return self.order.get(package) or (self.root, package, DBT)


def _macros(files: Iterable[SqlFile]) -> dict[str, Template]:
    found: dict[str, Template] = {}
    for file in files:
        template = compiled(file)
        for name in template.macros:
            if name in found:
                raise ConfigError(
                    f"{file.path}: there is another {name!r}, in {found[name].path}", hint="give the macro another name"
                )
            found[name] = template
    return found


@cache
def _texts_of_dbt() -> Mapping[str, str]:
    found = _ONE_OF_DBT.finditer(HELPERS.text + ROW_COUNT.text)
    return {(TEST if one[1] == "test" else "") + one[2]: one[0] for one in found}


@cache
def _of_dbt(name: str) -> Template:
    # Each by itself: a project uses a few of them, and to compile all would be half of a small project's planning.
    return compiled(SqlFile(f"dbt/{name}.sql", _texts_of_dbt()[name]))


@dataclass
class Names:
    """
    The names of one rendering: macros of *library*, and what is built in.

    *instead* are values that names have instead; a macro's may be said with its package in front.
    """

    library: Library
    builtins: Mapping[str, Any]
    instead: Mapping[str, Any] = field(default_factory=dict)
    _macros: dict[tuple[str, str], Any] = field(default_factory=dict)
    _modules: dict[tuple[str, str], Module] = field(default_factory=dict)

    def find(self, name: str, package: str | None = None) -> Any:
        """Return what *name* means, in *package* if it means nothing to the project; ``missing`` for nothing."""
        library = self.library
        if self.instead and (instead := self._instead(DBT, name)):
            return instead[0]
        for one in dict.fromkeys((library.root, package or library.root)):
            found = self.macro(one, name)
            if found is not None:
                return found
        if name in self.builtins:
            return self.builtins[name]
        found = self.macro(DBT, name)
        if found is not None:
            return found
        if name in library.packages or name == DBT:
            return _Package(self, name)
        return missing

    def macro(self, package: str, name: str) -> Any:
        """Return a package's macro; None when there is none, dbt's own under their plain names, too."""
        if self.instead and (instead := self._instead(package, name)):
            return instead[0]
        key = package, name
        if key not in self._macros:
            self._macros[key] = self._macro(package, name)
        return self._macros[key]

    def _instead(self, package: str, name: str) -> tuple[Any] | None:
        """Return what *name* has instead, for a macro what gives that however it is called; None for nothing."""
        for said in (name, f"{package}.{name}"):
            # A package's own macro is not what the plain name means, but dbt's are.
            if said in self.instead and (package == DBT or said != name):
                value = self.instead[said]
                is_value = name in self.builtins and not callable(self.builtins[name])
                return (value if is_value else _Always(value),)
        return None

    def _macro(self, package: str, name: str) -> Any:
        template = self.library.template(package, name)
        if template is not None:
            return Macro(name, lambda: self._module(package, template))
        if package == DBT and any(prefix + name in _texts_of_dbt() for prefix in _PREFIXES):
            return self.dispatch(name, DBT)
        return None

    def _module(self, package: str, template: Template) -> Module:
        key = package, template.path
        if key not in self._modules:
            self._modules[key] = template.module(lambda one: self.find(one, package))
        return self._modules[key]

    def dispatch(self, name: str, package: str | None = None) -> Any:
        """Return the macro that does *name* on Postgres. Raises ConfigError when there is none."""
        for one in self.library.searched(package):
            for prefix in _PREFIXES:
                if self.library.template(one, prefix + name) is not None:
                    return self.macro(one, prefix + name)
        raise ConfigError(f"there is no macro {_PREFIXES[1]}{name} to dispatch {name!r} to", hint=ELSEWHERE)


@dataclass(frozen=True)
class _Always:
    """Gives one value, however it is called."""

    value: Any

    def __call__(self, *_: Any, **__: Any) -> Any:
        return self.value


@dataclass(frozen=True)
class Macro:
    """A macro, bound when it is called: macros may call each other in a circle."""

    name: str
    module: Callable[[], Module]

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self.module().macro(self.name)(*arguments, **named)

    def arguments(self) -> Sequence[str] | None:
        """Return the names that it may be given; None for any."""
        return self.module().arguments(self.name)


@dataclass(frozen=True)
class _Package:
    """A package's macros as its attributes."""

    names: Names
    package: str

    def __getitem__(self, name: str) -> Any:
        found = self.names.macro(self.package, name)
        if found is None:
            raise ConfigError(f"{self.package} has no macro {name!r} here", hint=ELSEWHERE)
        return found


class Everything(Mapping[str, Any]):
    """All names as a mapping, which templates call ``context``."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def __getitem__(self, name: str) -> Any:
        found = self._names.find(name)
        if found is missing:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._names.builtins)

    def __len__(self) -> int:
        return len(self._names.builtins)
