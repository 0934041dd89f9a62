"""trace: from a row back to the object, the record in it, and the request that was answered so."""

from collections.abc import Mapping, Sequence

from minidata.adapters.database.asking.tracing import Where, is_there
from minidata.adapters.database.connection import ANALYST
from minidata.adapters.project import Project
from minidata.core.answers import PUBLISHED
from minidata.core.errors import ConfigError
from minidata.core.source import Source
from minidata.steps.answering import asking
from minidata.steps.provenance import Origins
from minidata.steps.stored import store_of
from minidata.steps.tracing.missing import missing
from minidata.steps.tracing.published import TracedModel, trace_model
from minidata.steps.tracing.rows import Traced, Tracer
from minidata.steps.tracing.wanted import wanted


def trace(  # noqa: PLR0913 - each is an option of the command, given by name
    project: Project,
    sources: Mapping[str, Source],
    table: str,
    *,
    key: Sequence[str] = (),
    where: str | None = None,
    values: bool = True,
    limit: int = 10,
) -> Traced | TracedModel:
    """
    Return where the rows of *table* come from that have the *key*, or fulfil the condition *where*.

    For a published model: the Sources' tables that it stands on and, with *where*, the rows in them. The condition is
    asked as the analyst, and can change nothing. Without *values*, records themselves are not read. Raises UnknownName,
    ConfigError for a key that no row has, and for what is no condition, EngineError.
    """
    if bool(key) == (where is not None) and not _is_model(sources, table):
        raise ConfigError(f"which rows of {table}?", hint="say the key's values, or --where and a condition, as in SQL")
    with asking(project, ANALYST) as (database, _):
        tracer = Tracer(database, Origins(store_of(project)), values, limit)
        if _is_model(sources, table):
            if key:
                raise ConfigError(f"{table} is a model, and has no key", hint="say --where and a condition, as in SQL")
            return trace_model(project, sources, tracer, table, where)
        one = wanted(sources, table)
        if not is_there(database, (one.source, one.table.name)):
            raise ConfigError(f"there is no table {one.name} yet", hint="`minidata load` makes it")
        meant = one.where(key) if where is None else Where.written(where)
        found = tracer.trace(one, meant)
        if not found.rows:
            raise missing(database, tracer.origins, one, key)
        return found


def _is_model(sources: Mapping[str, Source], table: str) -> bool:
    schema = table.partition(".")[0]
    return schema == PUBLISHED or (schema.startswith(f"{PUBLISHED}_") and schema not in sources)
