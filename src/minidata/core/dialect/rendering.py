"""
From a file to SQL: dbt's dialect of Jinja, in a sandbox.

    ref(model)               the model's relation; an edge of the graph
    source(source, table)    a source's table, as its properties say it or of the schema of the source's name
    config(key=value, …)     what the file says about itself
    var(name, default)       a variable; see core/dialect/variables for what may stand in SQL as it is
    env_var(name, default)   a variable of the environment that is no secret
    this                     the model's own relation
    is_incremental()         whether it is about the rows that are new
    value | literal          a literal of SQL

See core/dialect/builtins for the rest, and core/dialect/names for macros. Nothing else is there: an unknown name is an
error with its line.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from minidata.core.dialect import plain
from minidata.core.dialect.answers import Warehouse
from minidata.core.dialect.builtins import Configured, Notes, always, bound
from minidata.core.dialect.jinja import FAILURES, TEST, SqlFile, compiled, told, value_of
from minidata.core.dialect.names import Library, Macro, Names
from minidata.core.dialect.relation import Relation
from minidata.core.dialect.variables import Outside
from minidata.core.dialect.versions import Versions
from minidata.core.dialect.words import ELSEWHERE
from minidata.core.errors import ConfigError, UnknownName
from minidata.core.places import Place
from minidata.core.queries.relations import PUBLISHED, Known, Source, quoted

__all__ = ["About", "Renderer", "Rendering", "SqlFile"]

_THERE_IS = (
    "there are dbt's names (ref, source, config, var, env_var, this, target, dbt.…), the project's macros, and those of"
    f" packages in dbt_packages; or {ELSEWHERE}"
)
_WHOLE = re.compile(r"\s*\{\{((?:(?!\}\}|\{\{).)*)\}\}\s*\Z", re.DOTALL)


@dataclass(frozen=True)
class About:
    """
    What is rendered: the model *name*, what is *said* of it elsewhere, *node* as templates see it.

    *incremental* renders the query for its new rows; *more* are names that are there beside the usual ones, *instead*
    values that names, and macros whatever they are given, have instead of their own.
    """

    name: str = ""
    said: Mapping[str, Any] = field(default_factory=dict)
    node: Mapping[str, Any] = field(default_factory=dict)
    incremental: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)
    instead: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Rendering:
    """
    What a template gave: its *sql*, what it named on the way, and its *config*.

    It is *late* when it depends on what is in the database: then it is rendered again when the model is built.
    """

    sql: str
    refs: frozenset[str]
    sources: frozenset[Source]
    config: Mapping[str, Any]
    late: bool = False


@dataclass(frozen=True)
class Renderer:
    """
    Renders templates that may name the models *known*, use macros of *library*, and are given *outside*.

    *declared* has the schema and name of each source's table that properties say, *docs* the blocks of docs,
    *versions* those of models that have some, by the model's name.
    """

    known: Known
    library: Library
    outside: Outside
    declared: Mapping[Source, Source] = field(default_factory=dict)
    docs: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, Versions] = field(default_factory=dict)

    def render(self, file: SqlFile, about: About | None = None, warehouse: Warehouse | None = None) -> Rendering:
        """Render *file*. Raises ConfigError, naming file and line; what *warehouse* raises."""
        return self._rendered(file, about or About(), warehouse)

    def increment(self, file: SqlFile, about: About, whole: Rendering) -> Rendering:
        """
        Render the query of *file* for its new rows, that for all rows being *whole*. Raises ConfigError.

        Where it cannot go on without the database's answer it is *whole*, late: dbt does not look at it earlier.
        """
        names, notes = self._names(replace(about, incremental=True), None)
        try:
            sql = self._by_jinja(file, names)
        except ConfigError:
            if not notes.late:
                raise
            return replace(whole, late=True)
        return Rendering(sql, frozenset(notes.refs), frozenset(notes.sources), notes.config, notes.late)

    def expression(self, text: str, where: Place) -> Rendering:
        """Render an expression that stands alone, as ``ref('stg_orders')`` does in a file of properties."""
        return self.statement("{{ " + text + " }}", where)

    def statement(
        self, text: str, where: Place, about: About | None = None, warehouse: Warehouse | None = None
    ) -> Rendering:
        """Render a text that stands in another file at *where*."""
        with _standing_at(where):
            return self._rendered(SqlFile(where.path, text), about or About(), warehouse)

    def value(self, text: str, where: Place, about: About | None = None) -> Any:
        """Return what *text* in a file of properties says: an expression alone keeps its type, else it is text."""
        if "{{" not in text and "{%" not in text:
            return text
        names, _ = self._names(about or About(), None)
        with _standing_at(where):
            try:
                alone = _WHOLE.match(text)
                if alone:
                    return value_of(alone[1], where.path, names.find)
                return compiled(SqlFile(where.path, text)).render(names.find)
            except (ConfigError, *FAILURES) as exc:
                raise told(exc, self._paths, where.path, _THERE_IS) from exc

    def call(self, macro: str, where: Place, *arguments: Any) -> Any:
        """Return what a macro of this name gives. Raises ConfigError, naming the macro's line."""
        names, _ = self._names(About(), None)
        try:
            return names.find(macro)(*arguments)
        except (ConfigError, *FAILURES) as exc:
            raise told(exc, self._paths, str(where), _THERE_IS) from exc

    def test(  # noqa: PLR0913 - what dbt's tests are given
        self,
        kind: str,
        of: str,
        where: Place,
        arguments: Mapping[str, Any],
        *,
        about: About | None = None,
        warehouse: Warehouse | None = None,
    ) -> Rendering:
        """
        Return what the generic test *kind* asks of the relation that the expression *of* names.

        Raises ConfigError, naming file and line, and UnknownName for a test or an argument that is none.
        """
        names, notes = self._names(about or About(), warehouse)
        macro = self._test_macro(names, kind, where)
        accepted = macro.arguments()
        for key in arguments:
            if accepted is not None and key not in accepted:
                if key == "column_name":
                    raise ConfigError(f"{where}: {kind} is no test of a column", hint="set it beside columns")
                raise UnknownName(f"argument of the test {kind}", key, set(accepted) - {"model"}, where=str(where))
        with _standing_at(where):
            try:
                model = value_of(f"get_where_subquery({of})", where.path, names.find)
                sql = str(macro(model=model, **arguments))
            except (ConfigError, *FAILURES) as exc:
                raise told(exc, self._paths, where.path, _THERE_IS) from exc
        return Rendering(sql, frozenset(notes.refs), frozenset(notes.sources), notes.config, notes.late)

    def _test_macro(self, names: Names, kind: str, where: Place) -> Macro:
        package, _, name = kind.rpartition(".")
        macro = names.macro(package, TEST + name) if package else names.find(TEST + name)
        if isinstance(macro, Macro):
            return macro
        if package and package not in self.library.packages:
            raise ConfigError(
                f"{where}: the test {kind} is one of a package that is not in dbt_packages",
                hint=f"`dbt deps` puts it there; or {ELSEWHERE}",
            )
        known = self.library.tests(package)
        raise UnknownName("test", kind, known, where=str(where), hint="write it as a macro, or a query of its own")

    def _rendered(self, file: SqlFile, about: About, warehouse: Warehouse | None) -> Rendering:
        names, notes = self._names(about, warehouse)
        try:
            sql = plain.rendered(file.text, names.find)
        except (plain.NotPlainError, ConfigError, *FAILURES):
            names, notes = self._names(about, warehouse)
            sql = self._by_jinja(file, names)
        return Rendering(sql, frozenset(notes.refs), frozenset(notes.sources), notes.config, notes.late)

    def _by_jinja(self, file: SqlFile, names: Names) -> str:
        template = compiled(file)
        try:
            return template.render(names.find)
        except (ConfigError, *FAILURES) as exc:
            raise told(exc, {template.path, *self._paths}, template.path, _THERE_IS) from exc

    def _names(self, about: About, warehouse: Warehouse | None) -> tuple[Names, Notes]:
        notes = Notes()
        config = Configured(about.said, notes)
        values = {
            **self._always,
            "config": config,
            "doc": self._doc,
            "is_incremental": lambda: about.incremental,
            "model": {**about.node, "config": {**about.said}},
            "ref": self._ref(notes, config),
            "source": self._source(notes),
            **about.more,
        }
        if about.name:
            values["this"] = self.relation(about.name)
        return bound(values, notes, warehouse, lambda builtins: Names(self.library, builtins, about.instead)), notes

    @cached_property
    def _always(self) -> Mapping[str, Any]:
        outside = self.outside
        schema = {"schema": PUBLISHED, "database": outside.target.get("database", "")}
        return {**always(outside), **schema}

    @cached_property
    def _paths(self) -> set[str]:
        return self.library.paths

    def relation(self, model: str) -> Relation:
        """Return a model's relation as templates see it."""
        schema, identifier = self.known.shown.get(model, (PUBLISHED, model))
        database = str(self.outside.target.get("database", ""))
        return Relation(schema, identifier, database, text=quoted(PUBLISHED, model))

    def _ref(self, notes: Notes, config: Configured) -> Callable[..., Relation]:
        def ref(*names: Any, version: Any = None, v: Any = None) -> Relation:
            *package, model = map(str, names)
            if package and package != [self.library.root]:
                raise UnknownName("project", package[0], [self.library.root], hint=f"models of packages: {ELSEWHERE}")
            model = self._version(model, v if version is None else version)
            if model not in self.known:
                # One that is disabled may read what is not there.
                if config.get("enabled") is not False:
                    # Only a project of dbt's may have packages.
                    hint = f"models of packages are not read: {ELSEWHERE}" if self.known.schema else ""
                    raise UnknownName("model", model, self.known.shown, hint=hint)
                return self.relation(model)
            notes.refs.add(model)
            return self.relation(model)

        return ref

    def _version(self, model: str, version: Any) -> str:
        """Return the name of the file of a model's version, of the latest where none is said."""
        if model in self.versions:
            return self.versions[model].file(version)
        if version is not None:
            raise ConfigError(f"{model} has no versions", hint="a file of properties lists them under the model")
        return model

    def _source(self, notes: Notes) -> Callable[[str, str], Relation]:
        def source(source_name: str, table_name: str) -> Relation:
            asked = str(source_name), str(table_name)
            found = self.declared.get(asked, asked)
            notes.sources.add(found)
            return Relation(*found, database=str(self.outside.target.get("database", "")))

        return source

    def _doc(self, *names: str) -> str:
        name = names[-1]
        if name not in self.docs:
            self.outside.tell(str(UnknownName("block of docs", name, self.docs)))
        return self.docs.get(name, "")


class _standing_at:  # noqa: N801 - a context manager reads as a word
    """Lets errors of a text within a file name the line where the text stands."""

    def __init__(self, where: Place) -> None:
        self._where = where

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, exc: BaseException | None, __: object) -> None:
        if isinstance(exc, ConfigError):
            # The text's own first line is no line of the file.
            said = re.sub(rf"^{re.escape(self._where.path)}(:\d+)?: ", "", str(exc))
            exc.args = (str(exc) if said == str(exc) else f"{self._where}: {said}",)
