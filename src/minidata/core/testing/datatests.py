"""
Tests of data: each is one query for the rows that break a rule; no rows, no failure.

Generic ones are macros, ``test_unique`` for one, asked about what the properties beside the models say; singular ones
are files of their own.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from minidata.core.dialect.rendering import About, Renderer, Rendering, SqlFile
from minidata.core.errors import ConfigError, UnknownName
from minidata.core.places import Place, Rendered
from minidata.core.properties.rules import SETTINGS, Rule, Severity, severity_of
from minidata.core.queries.relations import Source
from minidata.core.queries.sqltext import Query, read_query

# dbt's own name of the part of a relation that a test is about.
_WHERE = "(select * from {relation} where {where}) dbt_subquery"


@dataclass(frozen=True)
class DataTest:
    """
    A test: its *query* returns the rows that break the rule.

    *about* is the model or the source's table it belongs to, empty for a query of its own.
    """

    name: str
    about: str
    severity: Severity
    query: Query
    place: Place
    config: Mapping[str, Any] = field(default_factory=dict)
    kind: str = ""
    column: str = ""

    @property
    def refs(self) -> frozenset[str]:
        """The models it reads."""
        return self.query.refs

    @property
    def sources(self) -> frozenset[Source]:
        """The other tables it reads."""
        return self.query.sources


def data_tests(rules: Iterable[Rule], files: Iterable[SqlFile], renderer: Renderer) -> tuple[DataTest, ...]:
    """Return all tests of a project, in the order of their names. Raises ConfigError for two of one name."""
    tests: dict[str, DataTest] = {}
    for test in (*_generic(rules, renderer), *_singular(files, renderer)):
        if test.name in tests:
            other = tests[test.name].place
            raise ConfigError(
                f"{test.place}: the test {test.name!r} is there twice, see {other}", hint="give it a name:"
            )
        tests[test.name] = test
    return tuple(tests[name] for name in sorted(tests))


def _generic(rules: Iterable[Rule], renderer: Renderer) -> Iterator[DataTest]:
    for rule in rules:
        config = {
            key: renderer.value(value, rule.place) if isinstance(value, str) else value
            for key, value in rule.config.items()
        }
        if config.get("enabled") is False:
            continue
        rendering = _asked(rule, config, renderer)
        query = read_query(rendering.sql, rule.place, renderer.known)
        severity = severity_of(config, rule.place)
        yield DataTest(rule.name, rule.about, severity, query, rule.place, config, rule.kind, rule.column)


def _asked(rule: Rule, config: Mapping[str, Any], renderer: Renderer) -> Rendering:
    """Return what the test's macro says about what the rule is about."""
    relation = renderer.expression(rule.of, rule.place).sql
    where = config.get("where")
    arguments: dict[str, Any] = {"model": _WHERE.format(relation=relation, where=where) if where else relation}
    if rule.column:
        arguments["column_name"] = rule.column
    arguments |= {key: _argument(value, rule, renderer) for key, value in rule.arguments.items()}
    return renderer.test(rule.kind, rule.place, arguments)


def _argument(value: Any, rule: Rule, renderer: Renderer) -> Any:
    """Return an argument's value: dbt reads a text that names a relation as an expression, and renders any other."""
    if isinstance(value, list):
        return [_argument(one, rule, renderer) for one in value]
    if not isinstance(value, str):
        return value
    if value.startswith(("ref(", "source(", "var(", "env_var(")):
        return renderer.value("{{ " + value + " }}", rule.place)
    return renderer.value(value, rule.place)


def _singular(files: Iterable[SqlFile], renderer: Renderer) -> Iterator[DataTest]:
    for file in files:
        rendering = renderer.render(file, About())
        place = Rendered(file.path, written=file.text, text=rendering.sql)
        for key in rendering.config:
            if key not in SETTINGS:
                raise UnknownName("config of a test", key, SETTINGS, where=file.path)
        query = read_query(rendering.sql, place, renderer.known)
        severity = severity_of(rendering.config, place)
        if rendering.config.get("enabled") is not False:
            yield DataTest(file.name, "", severity, query, place, rendering.config)
