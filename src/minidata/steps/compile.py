"""compile: what models come to once their templates are rendered, for a person to read, or to run as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from minidata.adapters.database.connection import Database
from minidata.adapters.database.publishing import published
from minidata.adapters.project import Project
from minidata.core.modelling.binding import Binder
from minidata.core.modelling.choosing import chosen
from minidata.core.modelling.models import Model, Models
from minidata.core.places import Place
from minidata.core.queries.relations import quoted
from minidata.core.watch import Nobody, Watch
from minidata.steps.analyzing.warehouse import BuiltWarehouse
from minidata.steps.models import analyst, folder, project_models


@dataclass(frozen=True)
class CompiledModel:
    """A model of the file at *path*: its query as *sql*, in which other models are named as readers know them."""

    name: str
    path: str
    sql: str


@dataclass(frozen=True)
class Compiled:
    """What was chosen, in the order of building."""

    models: tuple[CompiledModel, ...]


def compile_models(  # noqa: PLR0913 - each of them may be left out
    project: Project,
    select: Sequence[str] = (),
    exclude: Sequence[str] = (),
    *,
    incremental: bool = False,
    variables: Mapping[str, str] | None = None,
    watch: Watch | None = None,
) -> Compiled:
    """
    Return what the models that are chosen come to; for an *incremental* one, with that, the query for its new rows.

    Only a model whose template asks the database needs one, and is told of what is published. Raises ConfigError and
    UnknownName for models that cannot be understood and for selectors of nothing; EngineError.
    """
    watch = watch or Nobody()
    models = project_models(project, variables or {}, tell=watch.note)
    choice = chosen(models, select, exclude, live={}, decisions={}, folder=folder(project))
    for note in choice.notes:
        watch.note(note)
    wanted = [models.by_name[name] for name in models.graph.order if name in choice.models]
    wanted = [model for model in wanted if model.seed is None]
    binder = Binder(models.by_name, {})
    if not any(model.late or list(binder.unsettled(model.refs)) for model in wanted):
        return Compiled(tuple(_compiled(models, model, None, incremental=incremental) for model in wanted))
    with analyst(project) as database:
        return Compiled(tuple(_compiled(models, model, database, incremental=incremental) for model in wanted))


def _compiled(models: Models, model: Model, database: Database | None, *, incremental: bool) -> CompiledModel:
    shown = {name: quoted(*one.shown) for name, one in models.by_name.items() if one.materialized != "ephemeral"}
    binder = Binder(models.by_name, shown)
    query = (incremental and model.increment) or model.query
    if database:
        warehouse = _warehouse(models, model, binder, database)
        warehouse.settle(model.refs)
        query = models.late_query(model.name, warehouse, incremental=incremental) if model.late else query
    bound = binder.bind(query, model.place, {model.name: quoted(*model.shown)})
    return CompiledModel(model.name, model.file.path, bound.text.strip())


def _warehouse(models: Models, model: Model, binder: Binder, database: Database) -> BuiltWarehouse:
    live = next(iter(published.publishes(database, 1)), None)
    built = {name: version.relation for name, version in (live.models if live else {}).items()}
    return BuiltWarehouse(database, binder, models, built, f"model {model.name}", Place(model.file.path))
