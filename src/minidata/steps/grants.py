"""db grants: the SQL by which an administrator prepares a database that is not ours."""

from dataclasses import dataclass

from minidata.adapters.database.access.logins import database_name
from minidata.adapters.database.access.roles import ROLES
from minidata.adapters.project import Project
from minidata.core.grants import grants as script
from minidata.core.grants import url_setting
from minidata.steps.up import init_script


@dataclass(frozen=True)
class Grants:
    """The *sql*, the *roles* that it makes, and the settings that tell minidata how each logs in."""

    sql: str
    roles: tuple[str, ...]
    settings: tuple[str, ...]


def grants(project: Project) -> Grants:
    """Return what an administrator is to run; asks no database. Raises ConfigError without a sql/init.sql."""
    url = project.settings.engine.url
    where = f"the database {database_name(url)}" if url else "a database"
    return Grants(script(init_script(project), ROLES, where=where), ROLES, tuple(map(url_setting, ROLES)))
