"""
Tests of data made of what a project says.

Generic ones are macros, ``test_unique`` for one, asked about what the properties beside the models say; singular ones
are files of their own; those of freshness ask a source's table how old its newest row is.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from minidata.core.dialect.answers import Warehouse
from minidata.core.dialect.folders import merged, of_folders
from minidata.core.dialect.project_file import ProjectFile
from minidata.core.dialect.rendering import About, Renderer, Rendering, SqlFile
from minidata.core.errors import ConfigError, UnknownName
from minidata.core.places import Place, Rendered
from minidata.core.properties.properties import ModelNotes, evaluated
from minidata.core.properties.rules import Rule
from minidata.core.properties.sources import TableNotes
from minidata.core.queries.sqltext import Query, read_loosely, read_query
from minidata.core.testing.configuring import WORDS, read_test_config
from minidata.core.testing.datatests import DataTest
from minidata.core.testing.freshness import fresh_query
from minidata.core.testing.naming import names_of, unique_id
from minidata.core.testing.plain import PlainTests

# What dbt reads as an expression, though no braces say that it is one. One that is broken off is nothing else.
_CALL = re.compile(r"\s*(?:(?:env_var|var|doc)\s*\(.+\)\s*\Z|(?:ref|source)\s*\()", re.DOTALL)


@dataclass(frozen=True)
class Testing:
    """
    Makes tests of a *project* whose files are in the folder *root*.

    *disabled* are models that are there and not built: what is said about those is held by nobody. With *only_warn* a
    source that is not fresh, and a test that reads what is not there, are only worth a warning. *notes* are about
    tests that are files, by name.
    """

    project: ProjectFile
    renderer: Renderer
    root: str = ""
    disabled: Collection[str] = ()
    only_warn: bool = False
    notes: Mapping[str, ModelNotes] = field(default_factory=dict)

    def tests(
        self, rules: Iterable[Rule], files: Iterable[SqlFile], tables: Iterable[TableNotes]
    ) -> tuple[DataTest, ...]:
        """Return all tests, in the order of their names. Raises ConfigError, naming file and line, UnknownName."""
        found: dict[str, DataTest] = {}
        for test in (*self._generic(rules), *self._singular(files), *self._fresh(tables)):
            if not test.config.enabled:
                continue
            if test.id in found:
                other = found[test.id].place
                raise ConfigError(
                    f"{test.place}: the test {test.name!r} is there twice, see {other}", hint="give one of them a name:"
                )
            found[test.id] = test
        return tuple(sorted(found.values(), key=lambda test: (test.name, test.id)))

    def _generic(self, rules: Iterable[Rule]) -> Iterator[DataTest]:
        for rule in rules:
            if self._is_there(rule):
                test = self._unless_disabled(lambda rule=rule: self._of_rule(rule))  # type: ignore[misc]
                if test:
                    yield test

    def _is_there(self, rule: Rule) -> bool:
        if rule.of_source or rule.about in self.renderer.known:
            return True
        if rule.about not in self.disabled:
            unknown = UnknownName("model", rule.about, self.renderer.known.shown, where=str(rule.place))
            self.renderer.outside.tell(f"{unknown}; the test {rule.kind} of it is left out")
        return False

    def _unless_disabled(self, make: Callable[[], DataTest]) -> DataTest | None:
        """Return the test that *make* makes; None when it reads a model that is disabled or unknown, as dbt has it."""
        try:
            return make()
        except UnknownName as exc:
            if exc.kind == "model" and exc.name in self.disabled:
                return None
            if exc.kind in {"model", "project"} and self.only_warn:
                self.renderer.outside.tell(f"{exc}; the test is left out")
                return None
            raise

    def _of_rule(self, rule: Rule) -> DataTest:
        name, short = names_of(rule)
        path, place = rule.place.path, rule.place
        fqn = self._fqn(path, [], name)
        folders, written = self._of_folders(fqn), evaluated(rule.config, self.renderer.value, place)
        arguments = {key: self._argument(value, place) for key, value in rule.arguments.items()}
        if rule.column:
            arguments["column_name"] = rule.column
        about = About(said=merged([*folders, written]))
        plain = self._plain.query(rule, about.said)

        def asked(warehouse: Warehouse | None = None) -> Rendering:
            if plain:
                return Rendering("", frozenset(), frozenset(), {})
            return self.renderer.test(rule.kind, rule.of, place, arguments, about=about, warehouse=warehouse)

        rendering = asked()
        config = read_test_config(merged([*folders, rendering.config, written]), place)
        return DataTest(
            name=name,
            about=rule.about,
            query=plain or self._query(rendering, place),
            place=place,
            config=config,
            kind=rule.kind,
            column=rule.column,
            alias=config.alias or short,
            id=unique_id(rule, self.project.name, name),
            fqn=fqn,
            path=path,
            tags=tuple(dict.fromkeys((*rule.tags, *config.tags))),
            description=rule.description,
            late=(lambda warehouse: self._query(asked(warehouse), place, late=True)) if rendering.late else None,
        )

    @cached_property
    def _plain(self) -> PlainTests:
        return PlainTests(self.renderer)

    def _argument(self, value: Any, place: Place) -> Any:
        """Return an argument's value: a text that calls ref or its like is an expression, any other is a template."""
        if isinstance(value, list):
            return [self._argument(one, place) for one in value]
        if isinstance(value, Mapping):
            return {key: self._argument(one, place) for key, one in value.items()}
        if not isinstance(value, str):
            return value
        return self.renderer.value("{{ " + value + " }}" if _CALL.match(value) else value, place)

    def _singular(self, files: Iterable[SqlFile]) -> Iterator[DataTest]:
        for file in files:
            test = self._unless_disabled(lambda file=file: self._of_file(file))  # type: ignore[misc]
            if test:
                yield test

    def _of_file(self, file: SqlFile) -> DataTest:
        fqn = self._fqn(file.path, self.project.paths["test"], file.name)
        notes = self.notes.get(file.name)
        said = merged([*self._of_folders(fqn), notes.config if notes else {}])
        about = About(said=said)

        def asked(warehouse: Warehouse | None = None) -> Rendering:
            return self.renderer.render(file, about, warehouse)

        def query(rendering: Rendering, *, late: bool = False) -> Query:
            place = Rendered(file.path, written=file.text, text=rendering.sql)
            return self._query(rendering, place, late=late)

        rendering = asked()
        config = read_test_config(merged([said, rendering.config]), Place(file.path))
        return DataTest(
            name=file.name,
            about="",
            query=query(rendering),
            place=Rendered(file.path, written=file.text, text=rendering.sql),
            config=config,
            alias=config.alias or file.name,
            id=f"test.{self.project.name}.{file.name}",
            fqn=fqn,
            path=file.path,
            tags=config.tags,
            description=notes.description if notes else "",
            late=(lambda warehouse: query(asked(warehouse), late=True)) if rendering.late else None,
        )

    def _fresh(self, tables: Iterable[TableNotes]) -> Iterator[DataTest]:
        for table in tables:
            if table.enabled and table.freshness:
                name = f"freshness_{table.source}_{table.name}"
                fresh = fresh_query(table, self.renderer, only_warn=self.only_warn)
                yield DataTest(
                    name=name,
                    about=f"{table.schema}.{table.identifier}",
                    query=fresh.query,
                    place=table.place,
                    config=fresh.config,
                    kind="freshness",
                    alias=name,
                    id=f"freshness.{self.project.name}.{table.source}.{table.name}",
                    fqn=self._fqn(table.place.path, [], name),
                    path=table.place.path,
                    tags=table.tags,
                    description=fresh.limits,
                )

    def _query(self, rendering: Rendering, place: Place, *, late: bool = False) -> Query:
        # What is rendered before the database is asked need not be a query yet.
        read = read_loosely if rendering.late and not late else read_query
        query = read(rendering.sql, place, self.renderer.known)
        if not rendering.late:
            return query
        own = frozenset(source for source in rendering.sources if self.renderer.known.model(*source) is None)
        return replace(query, refs=query.refs | rendering.refs, sources=query.sources | own)

    def _fqn(self, path: str, folders: Iterable[str], name: str) -> tuple[str, ...]:
        """Return project, folders and name of what is in the file at *path*; the folder of its kind is none of them."""
        inner = path.removeprefix(self.root)
        kind = next((folder for folder in folders if inner.startswith(folder + "/")), inner.partition("/")[0])
        return (self.project.name, *inner.removeprefix(kind + "/").split("/")[:-1], name)

    def _of_folders(self, fqn: tuple[str, ...]) -> list[Mapping[str, Any]]:
        configs = self.project.configs
        trees = [configs[key] for key in ("tests", "data_tests") if key in configs]
        value, place = self.renderer.value, self.project.place
        return [evaluated(one, value, place) for tree in trees for one in of_folders(tree, fqn, WORDS)]
