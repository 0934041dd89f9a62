"""psql: a prompt at the project's Postgres, the real psql where there is one."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from minidata.adapters.database.asking.session import Said, environment, say
from minidata.adapters.database.connection import ANALYST, LOADER, READER, Database
from minidata.adapters.embedded.programs import programs
from minidata.adapters.project import Project
from minidata.adapters.terminal import hand_over
from minidata.core.errors import EngineError, UnknownName
from minidata.steps.engine import database, role_endpoint

ROLES = {"owner": None, "loader": LOADER, "analyst": ANALYST, "reader": READER}
# Published tables need no schema, as in `query`; the owner's and the loader's own come after.
_PATH = "analytics,minidata,public"


def find_psql() -> Path | None:
    """Return the psql on PATH, else the one that comes with the embedded Postgres; None when there is neither."""
    found = shutil.which("psql")
    if found:
        return Path(found)
    try:
        bundled = programs() / "psql"
    except EngineError:
        return None
    return bundled if bundled.exists() else None


def psql(project: Project, program: Path, arguments: Sequence[str], *, role: str) -> int:
    """
    Run *program*, a psql, with *arguments* on our own streams, logged in as *role*; return its exit code.

    The password goes to it in its environment, which only its user can see. Raises UnknownName, EngineError, and
    ConfigError.
    """
    wanted = role_called(role)
    with database(project, wanted) as opened:
        who, login = opened.one("select current_user::text, session_user::text") or ("", "")
    environ = {**project.environ, **environment(role_endpoint(project, wanted).url)}
    options = [environ.get("PGOPTIONS", ""), f"-c search_path={_PATH}", f"-c role={who}" if who != login else ""]
    environ["PGOPTIONS"] = " ".join(filter(None, options))
    environ.setdefault("PGAPPNAME", "minidata psql")
    return hand_over(program, arguments, environ)


@dataclass(frozen=True)
class Prompt:
    """A prompt of our own, for machines without psql."""

    opened: Database

    def say(self, text: str) -> Iterator[Said]:
        """Run *text* and yield what Postgres says to each statement; raises ConfigError and EngineError."""
        return say(self.opened, text)


@contextmanager
def prompt(project: Project, *, role: str) -> Iterator[Prompt]:
    """Open a prompt of our own as *role*. Raises UnknownName, EngineError, ConfigError."""
    with database(project, role_called(role)) as opened:
        opened.run("select set_config('search_path', 'analytics, minidata, public', false)")
        yield Prompt(opened)


def role_called(name: str) -> str | None:
    """Return the role in Postgres that is meant by *name*, None for the owner; raise UnknownName for none."""
    if name not in ROLES:
        raise UnknownName("role", name, ROLES)
    return ROLES[name]
