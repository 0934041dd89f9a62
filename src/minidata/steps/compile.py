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
from minidata.core.queries.sqltext import Query
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
    shown = {name: quoted(*one.shown) for name, one in models.by_name.items() if one.materialized != "ephemeral"}
    compiling = _Compiling(models, Binder(models.by_name, shown), incremental)
    if not any(model.late or list(compiling.binder.unsettled(model.refs)) for model in wanted):
        return Compiled(tuple(compiling.compiled(model) for model in wanted))
    with analyst(project) as database:
        live = next(iter(published.publishes(database, 1)), None)
        built = {name: version.relation for name, version in (live.models if live else {}).items()}
        return Compiled(tuple(compiling.asking(model, database, built) for model in wanted))


@dataclass(frozen=True)
class _Compiling:
    models: Models
    binder: Binder
    incremental: bool

    def compiled(self, model: Model) -> CompiledModel:
        return self._bound(model, (self.incremental and model.increment) or model.query)

    def asking(self, model: Model, database: Database, built: dict[str, str]) -> CompiledModel:
        """Do the same for one that may ask *database*, where models are *built* as these relations."""
        what, place = f"model {model.name}", Place(model.file.path)
        warehouse = BuiltWarehouse(database, self.binder, self.models, built, what, place)
        warehouse.settle(model.refs)
        if not model.late:
            return self.compiled(model)
        return self._bound(model, self.models.late_query(model.name, warehouse, incremental=self.incremental))

    def _bound(self, model: Model, query: Query) -> CompiledModel:
        bound = self.binder.bind(query, model.place, {model.name: quoted(*model.shown)})
        return CompiledModel(model.name, model.file.path, bound.text.strip())
