"""fixture: rows of a stored table, cut out for a unit test."""

from dataclasses import dataclass

from minidata.adapters.database.asking.cutting import cut
from minidata.adapters.database.authored import Authored
from minidata.adapters.database.columns import columns_of
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError, UnknownName
from minidata.core.marks import OBJECT, RECORD
from minidata.core.modelling.models import Models
from minidata.core.places import Place
from minidata.core.queries.sqltext import check_piece
from minidata.core.testing.cutting import FORMATS, written_down
from minidata.core.watch import Nobody, Watch
from minidata.steps.models import analyst, project_models

# Where a row comes from, which no model reads.
_TRACE = frozenset({OBJECT, RECORD})
_CONDITION = Place("--where")


@dataclass(frozen=True)
class Fixture:
    """So many *rows* of *table*, written down as *text* that can stand among the ``given`` of a unit test."""

    table: str
    rows: int
    text: str


def fixture(  # noqa: PLR0913 - each of them may be left out
    project: Project, name: str, *, rows: int = 20, where: str = "", form: str = "yaml", watch: Watch | None = None
) -> Fixture:
    """
    Cut the first *rows* out of the table called *name*, a source's (shop.orders) or a published model's.

    *where* is a condition in SQL. Raises UnknownName for a format or a table that is none, ConfigError when the
    condition is at fault or a CSV cannot hold the rows, EngineError.
    """
    if form not in FORMATS:
        raise UnknownName("format", form, FORMATS)
    check_piece(where, _CONDITION)
    models = project_models(project, {}, tell=(watch or Nobody()).note, may_be_none=True)
    what, relation = _meant(models, name)
    with analyst(project) as database, database.transaction():
        database.run("set transaction isolation level repeatable read, read only")
        types = columns_of(database, [relation]).get(relation)
        if not types:
            raise ConfigError(f"{'.'.join(relation)} is not there", hint="load it, or publish it, first")
        types = {column: kind for column, kind in types.items() if column not in _TRACE}
        condition = Authored("the condition", where or "true", _CONDITION)
        found = cut(database, relation, list(types), condition, limit=rows)
    return Fixture(".".join(relation), len(found), written_down(what, types, found, form))


def _meant(models: Models, name: str) -> tuple[str, tuple[str, str]]:
    """Return how a unit test names the table, and where it is."""
    schema, dot, table = name.partition(".")
    model = models.known.model(schema, table) if dot else name
    if model and model in models.by_name:
        return f"ref('{model}')", models.by_name[model].shown
    if not dot:
        raise UnknownName("model", name, models.by_name, hint="a source's table has its source in front: shop.orders")
    for said in models.tables:
        if (schema, table) in {(said.source, said.name), (said.schema, said.identifier)}:
            return f"source('{said.source}', '{said.name}')", (said.schema, said.identifier)
    return f"source('{schema}', '{table}')", (schema, table)
