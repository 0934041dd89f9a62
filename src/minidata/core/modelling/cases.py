"""A unit test's model as the test wants it rendered, and what it reads then."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from minidata.core.dialect.answers import Warehouse
from minidata.core.dialect.rendering import Renderer, Rendering
from minidata.core.modelling.models import Model, Models
from minidata.core.places import Place, Rendered
from minidata.core.queries.relations import Source
from minidata.core.queries.sqltext import Query, read_loosely, read_query
from minidata.core.testing.unittests import Input, UnitTest

# No model is called so.
_TABLE = "table:"


@dataclass(frozen=True)
class Case:
    """
    A *query*, found at *place*, in which each table it reads can be replaced, models and others.

    *inputs* are what the query's mentions mean. A *late* one wants to ask the database before it is a query.
    """

    query: Query
    place: Place
    inputs: Mapping[str, Input]
    late: bool = False


def case_of(models: Models, test: UnitTest, warehouse: Warehouse | None = None) -> Case:
    """Return what *test* has its model be. Raises ConfigError, naming file and line, and what *warehouse* raises."""
    model = models.by_name[test.model]
    rendering = _renderer(models, test).render(model.file, replace(model.about, instead=test.macros), warehouse)
    return _case(models, model, rendering, is_late=rendering.late and warehouse is None)


def model_case(models: Models, model: Model, warehouse: Warehouse | None = None) -> Case:
    """Return *model* as it is when it is not an increment. Raises as case_of() does."""
    if not model.late:
        return _replaceable(models, model.query, model.place)
    rendering = models.rendering.render(model.file, model.about, warehouse)
    return _case(models, model, rendering, is_late=warehouse is None)


def asked_case(models: Models, sql: str, place: Place) -> Case:
    """Return a query that a template asks, found at *place*. Raises ConfigError when it is none."""
    return _replaceable(models, read_query(sql, place, models.known), place)


def _renderer(models: Models, test: UnitTest) -> Renderer:
    renderer = models.rendering
    outside = renderer.outside
    given = {name: value for name, value in outside.variables.items() if name not in test.variables}
    return replace(
        renderer,
        outside=replace(
            outside,
            variables=given,
            written={**outside.written, **test.variables},
            environ={**outside.environ, **test.environ},
            started_at=test.now or outside.started_at,
        ),
    )


def _case(models: Models, model: Model, rendering: Rendering, *, is_late: bool) -> Case:
    place = Rendered(model.file.path, written=model.file.text, text=rendering.sql)
    if is_late:
        # What it is rendered to before the database is asked need not be a query yet.
        query = read_loosely(rendering.sql, place, models.known)
        return replace(_replaceable(models, query, place, more=rendering), late=True)
    return _replaceable(models, read_query(rendering.sql, place, models.known), place)


def _replaceable(models: Models, query: Query, place: Place, *, more: Rendering | None = None) -> Case:
    """Return the query read again, so that tables that are no models are mentioned, too."""
    sources = {source for source in (*query.sources, *(more.sources if more else ())) if not _is_model(models, source)}
    inputs: dict[str, Input] = {name: name for name in (*query.refs, *(more.refs if more else ()))}
    if sources:
        tables: dict[str, Source] = {f"{_TABLE}{schema}.{name}": (schema, name) for schema, name in sources}
        known = replace(models.known, shown={**models.known.shown, **tables})
        query = (read_loosely if more else read_query)(query.text, place, known)
        inputs |= tables
    return Case(query, place, inputs)


def _is_model(models: Models, source: Source) -> bool:
    return models.known.model(*source) is not None
