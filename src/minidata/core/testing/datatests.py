"""
Tests of data: each is one query for the rows that break a rule; no rows, no failure.

Generic ones come from the properties beside the models, singular ones are the files of ``sql/tests``.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from minidata.core.dialect.rendering import Renderer, SqlFile
from minidata.core.dialect.variables import literal
from minidata.core.errors import ConfigError, UnknownName
from minidata.core.places import Place, Rendered
from minidata.core.properties.properties import Rule, Severity, severity_of
from minidata.core.queries.relations import Source, quoted
from minidata.core.queries.sqltext import Query, read_query

_WHERE = """(select * from {relation} where {where}
) as checked"""
# A null breaks no rule but not_null: whether there may be one is that rule's question.
_QUERIES: Mapping[str, str] = {
    "accepted_values": """
        select {column}, count(*) as rows from {relation} where {column} not in ({allowed}) group by 1
        """,
    "not_null": """
        select * from {relation} where {column} is null
        """,
    "relationships": """
        select child.* from (select * from {relation}) as child left join {parent} as parent
        on child.{column} = parent.{field} where child.{column} is not null and parent.{field} is null
        """,
    "unique": """
        select {column}, count(*) as rows from {relation} where {column} is not null group by 1 having count(*) > 1
        """,
}


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
        relation = renderer.expression(rule.of, rule.place).sql
        if rule.where:
            relation = _WHERE.format(relation=relation, where=rule.where)
        parts = {"relation": relation, "column": quoted(rule.column), **_more(rule, renderer)}
        query = read_query(_QUERIES[rule.kind].format(**parts), rule.place, renderer.models)
        yield DataTest(rule.name, rule.about, rule.severity, query, rule.place)


def _singular(files: Iterable[SqlFile], renderer: Renderer) -> Iterator[DataTest]:
    for file in files:
        rendering = renderer.render(file)
        place = Rendered(file.path, written=file.text, text=rendering.sql)
        for key in rendering.config:
            if key != "severity":
                raise UnknownName("config of a test", key, ["severity"], where=file.path)
        query = read_query(rendering.sql, place, renderer.models)
        yield DataTest(file.name, "", severity_of(rendering.config, place), query, place)


def _more(rule: Rule, renderer: Renderer) -> dict[str, str]:
    """Return what the query of this kind of rule needs beside its relation and column."""
    if rule.kind == "accepted_values":
        return {"allowed": _allowed(rule)}
    if rule.kind == "relationships":
        parent = renderer.expression(rule.arguments.text("to"), rule.place).sql
        return {"parent": parent, "field": quoted(rule.arguments.text("field"))}
    return {}


def _allowed(rule: Rule) -> str:
    values = rule.arguments.items_of("values")
    if not values:
        raise ConfigError(f"{rule.place}: accepted_values has no values", hint="say values: [a, b]")
    as_text = rule.arguments.get("quote", True)
    return ", ".join(literal(_spelled(value)) if as_text else str(value) for value in values)


def _spelled(value: Any) -> str:
    """Return what Postgres reads as *value*, whatever the type of the column."""
    return str(value).lower() if isinstance(value, bool) else str(value)
