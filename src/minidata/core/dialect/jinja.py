"""
Jinja as dbt has it, in a sandbox: its tags ``test`` and ``docs``, ``do``, and ``return``.

A template cannot reach past what it is given: the sandbox refuses names that begin with an underscore and all that
leads out of a value.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import CodeType, TracebackType
from typing import Any, NoReturn

from jinja2 import TemplateError, TemplateSyntaxError, Undefined, UndefinedError, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment
from jinja2.utils import missing

from minidata.core.dialect import plain
from minidata.core.dialect.variables import literal
from minidata.core.dialect.words import ELSEWHERE
from minidata.core.errors import ConfigError
from minidata.core.memo import remembered
from minidata.core.places import Place

# What an author's template may fail with; anything else is a mistake of ours.
FAILURES = (ArithmeticError, AttributeError, LookupError, RecursionError, TemplateError, TypeError, ValueError)
# No template can name it, for it is no identifier.
NAMES = " names"
_MACRO = "macro__"
TEST = "test_"
# What dbt's templates know of the project as a whole, and of how dbt was called.
_ONLY_DBTS = frozenset({"dbt_metadata_envs", "graph", "invocation_args_dict", "selected_resources"})
_DOCS = re.compile(r"\{%-?\s*docs\s+(\w+)\s*-?%\}(.*?)\{%-?\s*enddocs\s*-?%\}", re.DOTALL)


@dataclass(frozen=True)
class SqlFile:
    """A file of the project: its *path* seen from there, with ``/``, and its *text*."""

    path: str
    text: str

    @property
    def name(self) -> str:
        """The file's name without its folders and its ending."""
        return self.path.rpartition("/")[2].rpartition(".")[0]


class Returned(BaseException):
    """A macro's ``return(value)`` on its way to whoever called the macro."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class _Nothing(Undefined):
    """A name that nobody gave: false and empty where it is asked for, an error where it would be written."""

    __slots__ = ()

    def __str__(self) -> str:
        return str(self._fail_with_undefined_error())

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or self._undefined_obj is not missing:
            return super().__getattr__(name)
        if self._undefined_name in _ONLY_DBTS:
            raise UndefinedError(f"{self._undefined_name} is not supported")
        raise UndefinedError(
            f"there is no {self._undefined_name!r} here, and no such package: `dbt deps` installs them"
        )


class _Context(Context):
    """Looks a name up where the template's names are kept, and a macro that nobody else has in its own file."""

    def resolve_or_missing(self, key: str) -> Any:
        if key in self.vars:
            return self.vars[key]
        find: Callable[[str], Any] | None = self.parent.get(NAMES)
        found = missing if find is None else find(key)
        if found is not missing:
            return found
        own = self.vars.get(_MACRO + key)
        return super().resolve_or_missing(key) if own is None else catching(own)


class _Parser(Parser):
    """
    Gives macros names that no template says.

    So that a macro of the same file is looked up as any other is, and what it returns is caught where it was called.
    """

    def parse_macro(self) -> nodes.Macro:
        macro = super().parse_macro()
        macro.name = _MACRO + macro.name
        return macro


class _Environment(SandboxedEnvironment):
    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        return _Parser(self, source, name, filename).parse()


class _Tests(Extension):
    """``{% test name(model, column_name) %}``: a macro of the name ``test_name``."""

    tags = {"test", "data_test"}  # noqa: RUF012 - the base class's

    def parse(self, parser: Parser) -> nodes.Node:
        opening = next(parser.stream)
        macro = nodes.Macro(lineno=opening.lineno)
        macro.name = _MACRO + TEST + parser.parse_assign_target(name_only=True).name
        parser.parse_signature(macro)
        macro.body = parser.parse_statements((f"name:end{opening.value}",), drop_needle=True)
        return macro


class _Elsewhere(Extension):
    """Tags of dbt that nothing is done for here: an error with its line."""

    tags = {"snapshot", "materialization"}  # noqa: RUF012 - the base class's

    def parse(self, parser: Parser) -> NoReturn:
        tag = parser.stream.current
        raise TemplateSyntaxError(f"a {tag.value} is not supported", tag.lineno, parser.name, parser.filename)


def catching(macro: Callable[..., Any]) -> Callable[..., Any]:
    """Return *macro* so that it gives what it returns, and the text that it makes where it returns nothing."""

    def call(*arguments: Any, **named: Any) -> Any:
        try:
            return macro(*arguments, **named)
        except Returned as exc:
            return exc.value

    return call


def _environment() -> SandboxedEnvironment:
    # Nothing is escaped, for this is no HTML; what comes from outside is held by core/dialect/variables.
    environment = _Environment(
        undefined=_Nothing,
        keep_trailing_newline=True,
        autoescape=False,
        extensions=["jinja2.ext.do", _Tests, _Elsewhere],
    )
    environment.context_class = _Context
    environment.filters |= {
        "literal": literal,
        "as_text": str,
        "as_native": lambda value: value,
        "as_bool": _as_bool,
        "as_number": _as_number,
    }
    return environment


def _as_bool(value: Any) -> bool:
    return value if isinstance(value, bool) else str(value).strip().lower() in {"true", "1", "yes"}


def _as_number(value: Any) -> int | float:
    text = str(value)
    return int(text) if text.lstrip("+-").isdigit() else float(text)


_JINJA = _environment()


@dataclass(frozen=True)
class Template:
    """A template, compiled: *macros* are the names of those that it defines."""

    path: str
    code: CodeType
    macros: tuple[str, ...]

    def render(self, find: Callable[[str], Any]) -> str:
        """Return what the template gives when *find* says what names mean, ``missing`` for nothing."""
        return str(self._bound(find).render())

    def module(self, find: Callable[[str], Any]) -> "Module":
        """Return its macros, in which names mean what *find* says."""
        return Module(self._bound(find).make_module())

    def _bound(self, find: Callable[[str], Any]) -> Any:
        # A dict, for what Jinja makes of two mappings is slow to read.
        return _JINJA.template_class.from_code(_JINJA, self.code, {**_JINJA.globals, NAMES: find})


@dataclass(frozen=True)
class Module:
    """The macros of a template."""

    made: Any

    def macro(self, name: str) -> Callable[..., Any]:
        """Return one of them."""
        return catching(getattr(self.made, _MACRO + name))

    def arguments(self, name: str) -> Sequence[str] | None:
        """Return the names that one of them may be given; None for any."""
        macro = getattr(self.made, _MACRO + name)
        return None if macro.catch_kwargs else tuple(macro.arguments)


def compiled(file: SqlFile) -> Template:
    """Compile a template. Raises ConfigError, naming file and line."""
    try:
        code, macros = _code_and_macros(f"{file.path}\0{file.text}")
        return Template(file.path, code, macros)
    except TemplateSyntaxError as exc:
        hint = ELSEWHERE if "not supported" in (exc.message or "") else ""
        raise ConfigError(f"{file.path}:{exc.lineno}: {exc.message}", hint=hint) from None
    except RecursionError:
        raise ConfigError(f"{file.path}: the template is nested too deeply") from None


@remembered
def _code_and_macros(path_and_text: str) -> tuple[CodeType, tuple[str, ...]]:
    # The code knows the path, which errors tell.
    path, _, text = path_and_text.partition("\0")
    name = SqlFile(path, text).name
    tree = _JINJA.parse(without_docs(text), name, path)
    macros = tuple(node.name.removeprefix(_MACRO) for node in tree.body if isinstance(node, nodes.Macro))
    return _JINJA.compile(tree, name, path), macros


def value_of(text: str, path: str, find: Callable[[str], Any]) -> Any:
    """Return the value of an expression that stands alone, whatever its type is."""
    try:
        return plain.value_of(text, find)
    except (plain.NotPlainError, ConfigError, *FAILURES):
        # What went wrong goes wrong again, with its line.
        pass
    try:
        compiled(SqlFile(path, "{% do return(" + text + ") %}")).render(find)
    except Returned as exc:
        return exc.value
    return None


def docs_of(text: str) -> Iterator[tuple[str, str]]:
    """Yield the names and texts of the ``docs`` blocks."""
    yield from ((name, body.strip()) for name, body in _DOCS.findall(text))


def without_docs(text: str) -> str:
    """Return *text* with nothing in place of its ``docs`` blocks but their line ends."""
    return _DOCS.sub(lambda block: "\n" * block[0].count("\n"), text) if "docs" in text else text


def told(exc: BaseException, paths: set[str], otherwise: str, hint: str = "") -> ConfigError:
    """Return a template's failure as our own, with the place in one of *paths* where it happened in front."""
    place = _place(exc.__traceback__, paths, otherwise)
    if isinstance(exc, ConfigError) and str(exc).startswith(f"{otherwise}:"):
        return exc
    if isinstance(exc, ConfigError):
        exc.args = (f"{place}: {exc}",)
        return exc
    return ConfigError(f"{place}: {exc}", hint=hint if isinstance(exc, UndefinedError) else "")


def _place(trace: TracebackType | None, paths: set[str], otherwise: str) -> Place:
    """Return the innermost place in one of our files that *trace* passes."""
    place = Place(otherwise)
    while trace:
        if trace.tb_frame.f_code.co_filename in paths:
            place = Place(trace.tb_frame.f_code.co_filename, trace.tb_lineno)
        trace = trace.tb_next
    return place
