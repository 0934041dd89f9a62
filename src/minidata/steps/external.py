"""up, for a Postgres that is somebody else's: nothing is started, and what a login lacks is told with its GRANT."""

from collections.abc import Sequence

from minidata.adapters.database.access.logins import Login, check_usable, log_in
from minidata.adapters.database.access.privileges import Missing, mended, missing, missing_for_schemas, prepare
from minidata.adapters.database.access.roles import ROLES
from minidata.adapters.database.connection import connect
from minidata.adapters.database.refusals import RoleRefused
from minidata.adapters.project import Project
from minidata.core.engine import Endpoint
from minidata.core.errors import EngineError
from minidata.core.watch import Watch
from minidata.steps.engine import database, role_endpoint, url_endpoint


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
    lacks: list[Missing] = []
    for role in ROLES:
        try:
            with database(project, role) as opened:
                lacks += missing(opened, role)
        except RoleRefused as exc:
            raise EngineError(f"{role}: {exc}", hint=exc.hint) from exc
    _check(lacks)
    return at, login


def _check(lacks: Sequence[Missing]) -> None:
    if lacks:
        raise EngineError(
            "; ".join(one.what for one in lacks),
            hint=mended(lacks),
        )
