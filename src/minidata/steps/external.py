"""up, for a Postgres that is somebody else's: nothing is started, and what a login lacks is told with its GRANT."""

from collections.abc import Sequence

from minidata.adapters.database.access.logins import Login, check_usable, log_in
from minidata.adapters.database.access.privileges import Missing, mended, missing, missing_for_schemas, prepare
from minidata.adapters.database.access.roles import ROLES, let_analyst_read
from minidata.adapters.database.connection import connect
from minidata.adapters.database.refusals import RoleRefused
from minidata.adapters.models import read_model_files
from minidata.adapters.project import Project
from minidata.core.engine import Endpoint
from minidata.core.errors import ConfigError, EngineError
from minidata.core.watch import Watch
from minidata.steps.engine import database, role_endpoint, url_endpoint
from minidata.steps.models import project_models


def up_external(project: Project, init: str, watch: Watch) -> tuple[Endpoint, Login]:
    """
    Prepare the database at the URL of the settings with the script *init*, unless an administrator has.

    With a URL for each role and none for an owner there is nothing to prepare. Raises EngineError that names each
    missing privilege, ConfigError, EngineDown.
    """
    at = url_endpoint(project) if project.settings.engine.url else role_endpoint(project, ROLES[0])
    login = log_in(at.url)
    check_usable(at.url, at.where)
    if project.settings.engine.url:
        with connect(at.url) as owner:
            _check(list(missing_for_schemas(owner)))
            if not prepare(owner, init, name="sql/init.sql"):
                watch.note("the schemas belong to somebody else: sql/init.sql is not run")
            let_analyst_read(owner, _named_by_models(project, watch))
    lacks: list[Missing] = []
    for role in ROLES:
        try:
            with database(project, role) as opened:
                lacks += missing(opened, role)
        except RoleRefused as exc:
            raise EngineError(f"{role}: {exc}", hint=exc.hint) from exc
    _check(lacks)
    return at, login


def _named_by_models(project: Project, watch: Watch) -> set[str]:
    """Return the schemas that models read; none when the models cannot be understood, which others will tell."""
    if not read_model_files(project.root, project.settings.analyze.folder).models:
        return set()
    try:
        models = project_models(project, {})
    except ConfigError as exc:
        watch.note(f"the schemas that models read are not looked for: {exc}")
        return set()
    return {schema for model in models.by_name.values() for schema, _ in model.sources}


def _check(lacks: Sequence[Missing]) -> None:
    if lacks:
        raise EngineError(
            "; ".join(one.what for one in lacks),
            hint=mended(lacks),
        )
