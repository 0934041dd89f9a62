"""
From a file of ``sql/`` to SQL: dbt's dialect of Jinja, in a sandbox.

    ref(model)               the model's relation; an edge of the graph
    source(schema, table)    a source's table
    config(key=value, …)     what the file says about itself
    var(name, default)       a variable; see core/dialect/variables for what may stand in SQL as it is
    env_var(name, default)   a variable of the environment that is no secret
    this                     the model's own relation
    value | literal          a literal of SQL

Macros of ``sql/macros`` are there by their names. Nothing else is: an unknown name is an error with its line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import CodeType, TracebackType
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from minidata.core.dialect.variables import Outside, literal
from minidata.core.errors import ConfigError, UnknownName
from minidata.core.names import checked_name
from minidata.core.places import Place
from minidata.core.queries.relations import PUBLISHED, Source, quoted

# What an author's template may fail with; anything else is a mistake of ours.
_FAILURES = (ArithmeticError, AttributeError, LookupError, RecursionError, TemplateError, TypeError, ValueError)
_THERE_IS = "there is: config, env_var, ref, source, this, var, and the macros of sql/macros"


@dataclass(frozen=True)
class SqlFile:
    """A file of the project: its *path* seen from there, with ``/``, and its *text*."""

    path: str
    text: str

    @property
    def name(self) -> str:
        """The file's name without its folders and its ending."""
        return self.path.rpartition("/")[2].rpartition(".")[0]


@dataclass(frozen=True)
class Rendering:
    """What a template gave: its *sql*, what it named on the way, and its *config*."""

    sql: str
    refs: frozenset[str]
    sources: frozenset[Source]
    config: Mapping[str, Any]


@dataclass
class _Notes:
    """What a template names while it is rendered."""

    refs: set[str] = field(default_factory=set)
    sources: set[Source] = field(default_factory=set)
    config: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Renderer:
    """Renders templates that may name *models*, use *macros*, and are given *outside*."""

    models: frozenset[str]
    macros: Sequence[SqlFile]
    outside: Outside

    def render(self, file: SqlFile, *, this: str = "") -> Rendering:
        """Render *file*, the file of the model *this*. Raises ConfigError, naming file and line."""
        return self._rendered(_compiled(file), (file.path,), this)

    def expression(self, text: str, where: Place) -> Rendering:
        """Render an expression that stands alone, as ``ref('stg_orders')`` does in a file of properties."""
        try:
            return self._rendered(_compiled(SqlFile(where.path, "{{ " + text + " }}")), (), "")
        except ConfigError as exc:
            # Its own first line is no line of the file.
            said = str(exc).removeprefix(f"{where.path}:1: ").removeprefix(f"{where.path}: ")
            raise ConfigError(f"{where}: {said}", hint=exc.hint) from exc

    def _rendered(self, code: CodeType, paths: tuple[str, ...], this: str) -> Rendering:
        notes = _Notes()
        known = self._names(notes, this)
        path = code.co_filename
        places = {*paths, *(macros.co_filename for macros in self._macros)}
        try:
            for macros in self._macros:
                _add_macros(known, macros)
            sql = _template(code, known).render()
        except ConfigError as exc:
            raise _told(exc, _place(exc.__traceback__, places, path)) from exc
        except _FAILURES as exc:
            hint = _THERE_IS if isinstance(exc, UndefinedError) else ""
            raise ConfigError(f"{_place(exc.__traceback__, places, path)}: {exc}", hint=hint) from exc
        return Rendering(sql, frozenset(notes.refs), frozenset(notes.sources), notes.config)

    def _names(self, notes: _Notes, this: str) -> dict[str, Any]:
        def ref(model: str, *more: Any, **options: Any) -> str:
            if more or options:
                raise ConfigError("ref takes one name here, the model's")
            if model not in self.models:
                raise UnknownName("model", str(model), self.models)
            notes.refs.add(model)
            return quoted(PUBLISHED, model)

        def source(schema: str, table: str) -> str:
            found = checked_name("schema", schema), checked_name("table", table)
            notes.sources.add(found)
            return quoted(*found)

        def config(**options: Any) -> str:
            notes.config.update(options)
            return ""

        outside = self.outside
        known: dict[str, Any] = {"ref": ref, "source": source, "config": config}
        known |= {"var": outside.var, "env_var": outside.env_var, "this": quoted(PUBLISHED, this) if this else None}
        return {name: value for name, value in known.items() if value is not None}

    @cached_property
    def _macros(self) -> tuple[CodeType, ...]:
        return tuple(_compiled(file) for file in self.macros)


def _environment() -> ImmutableSandboxedEnvironment:
    # Nothing is escaped, for this is no HTML; what comes from outside is held by core/dialect/variables.
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)
    environment.filters["literal"] = literal
    return environment


_JINJA = _environment()


def _compiled(file: SqlFile) -> CodeType:
    try:
        return _JINJA.compile(file.text, file.name, file.path)
    except TemplateSyntaxError as exc:
        raise ConfigError(f"{file.path}:{exc.lineno}: {exc.message}") from None
    except RecursionError:
        raise ConfigError(f"{file.path}: the template is nested too deeply") from None


def _template(code: CodeType, known: dict[str, Any]) -> Any:
    return _JINJA.template_class.from_code(_JINJA, code, _JINJA.make_globals(known))


def _add_macros(known: dict[str, Any], code: CodeType) -> None:
    """Put the macros of a file among the *known* names; those of all files know each other, for they share them."""
    for name, macro in vars(_template(code, known).module).items():
        if name.startswith("_"):
            continue
        if name in known:
            raise ConfigError(f"{code.co_filename}: there is another {name!r}", hint="give the macro another name")
        known[name] = macro


def _place(trace: TracebackType | None, paths: set[str], otherwise: str) -> Place:
    """Return the innermost place in one of our files that *trace* passes."""
    place = Place(otherwise)
    while trace:
        if trace.tb_frame.f_code.co_filename in paths:
            place = Place(trace.tb_frame.f_code.co_filename, trace.tb_lineno)
        trace = trace.tb_next
    return place


def _told(exc: ConfigError, place: Place) -> ConfigError:
    """Return *exc* with the place it happened at in front, as the same kind of error."""
    exc.args = (f"{place}: {exc}",)
    return exc
