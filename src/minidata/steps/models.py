"""What analyze and test share: the project's models and tests, understood, and tests run against relations."""

import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from minidata.adapters.clock import SystemClock
from minidata.adapters.database.connection import ANALYST, Database
from minidata.adapters.database.places import parts_of
from minidata.adapters.memory import remembering
from minidata.adapters.models import models_folder, read_model_files
from minidata.adapters.project import Project
from minidata.core.clock import Clock
from minidata.core.dialect.variables import Outside
from minidata.core.errors import ConfigError, EngineDown
from minidata.core.modelling.models import Models
from minidata.core.modelling.reading import read_models
from minidata.core.queries.relations import PUBLISHED
from minidata.steps.engine import chosen, database, role_endpoint


def project_models(  # noqa: PLR0913 - what templates may ask is more than one thing
    project: Project,
    variables: Mapping[str, Any],
    *,
    run: str = "",
    clock: Clock | None = None,
    full_refresh: bool = False,
    tell: Callable[[str], None] = lambda _: None,
    may_be_none: bool = False,
) -> Models:
    """
    Return the project's Models and tests; *variables* win over those of minidata.toml.

    *run* and *full_refresh* are what templates may ask, *tell* takes what they have to say. Raises ConfigError for
    models that are not understood, and for none unless there *may_be_none*.
    """
    settings = project.settings
    outside = Outside(
        variables={**settings.vars, **variables},
        environ=project.environ,
        target=_target(project),
        run=run,
        started_at=(clock or SystemClock()).now(),
        full_refresh=full_refresh,
        tell=tell,
    )
    files = read_model_files(project.root, settings.analyze.folder)
    with remembering(project.root, project.environ):
        models = read_models(files, outside)
    if not models.by_name and not may_be_none:
        folder = models_folder(project.root, settings.analyze.folder)
        raise ConfigError("there are no models", hint=f"write a SELECT into {folder / 'models'}/NAME.sql")
    return models


# The database of an engine that is minidata's own, where nobody need be asked.
_OWN = ("minidata", "", 5432)


def folder(project: Project) -> str:
    """Return the folder that has the models, seen from the project; "" for the project's own."""
    found = models_folder(project.root, project.settings.analyze.folder)
    return "" if found == project.root else os.path.relpath(found, project.root)


def _target(project: Project) -> Mapping[str, Any]:
    """Return what templates know as ``target``, dbt's words for where models are built."""
    name = project.settings.analyze.target
    database, host, port = _place(project)
    return {
        "name": name,
        "target_name": name,
        "profile_name": "minidata",
        "type": "postgres",
        "schema": PUBLISHED,
        "database": database,
        "dbname": database,
        "user": ANALYST,
        "host": host,
        "port": port,
        "threads": 1,
    }


def _place(project: Project) -> tuple[str, str, int]:
    """Return database, host and port of the project's Postgres, as far as they are known without asking it."""
    if chosen(project) != "url":
        return _OWN
    try:
        return parts_of(role_endpoint(project, ANALYST).url)
    except (ConfigError, EngineDown):
        # What only looks at the models needs no Postgres.
        return _OWN


def analyst(project: Project) -> AbstractContextManager[Database]:
    """Connect as the role that builds and publishes."""
    return database(project, ANALYST, lock_timeout=project.settings.analyze.lock_timeout)
