"""The Postgres: whether it answers, is one that minidata can stand on, and lets the roles do what they must."""

from collections.abc import Iterator

from minidata.adapters.database.access.health import Health, health
from minidata.adapters.database.access.privileges import missing
from minidata.adapters.database.access.roles import ROLES
from minidata.adapters.database.connection import connect
from minidata.adapters.database.refusals import RoleRefused
from minidata.adapters.project import Project
from minidata.core.clock import Clock
from minidata.core.engine import Endpoint
from minidata.core.errors import EngineError, Exit, MinidataError
from minidata.core.findings import Finding, ok, problem, trouble, warning
from minidata.steps.checks.patient import Check, Patient
from minidata.steps.engine import chosen, endpoint, role_endpoint

_OLDEST = 150000
_FEWEST_LEFT = 10
_SKEW = 60.0


def postgres(patient: Patient) -> Iterator[Finding]:
    """Whether it answers, and what it says of itself."""
    at = _endpoint(patient.project)
    try:
        with connect(at.url) as database:
            found = health(database)
    except RoleRefused as exc:
        yield problem("postgres", str(exc), exc.hint if at.kind == "url" else "minidata up", code=exc.exit_code)
        return
    yield _version(found)
    yield _encoding(found)
    yield from _writable(found)
    yield from _safety(found)
    yield from _collations(found)
    yield _connections(found)
    yield _clock(found, patient.clock)


def roles(patient: Patient) -> Iterator[Finding]:
    """Whether each role can log in, or be taken on, and may do what its step needs."""
    well = True
    for role in ROLES:
        for finding in _role(patient.project, role):
            well = False
            yield finding
    if well:
        yield ok("roles", f"{', '.join(ROLES)} log in and may do what they must")


def _endpoint(project: Project) -> Endpoint:
    settings = project.settings.engine
    if chosen(project) == "url" and settings.url is None:
        # An administrator's database, which has no owner for us.
        return role_endpoint(project, ROLES[0])
    return endpoint(project)


def _role(project: Project, role: str) -> Iterator[Finding]:
    ours = chosen(project) != "url"
    try:
        with connect(role_endpoint(project, role).url, role=role) as database:
            user = database.one("select current_user::text")
            if user != (role,):
                yield warning("roles", f"there is no {role}: its step works as {user[0] if user else 'the login'}")
            for lack in missing(database, role):
                mend = "minidata up" if ours else f"an administrator: {lack.grant};"
                yield problem("roles", lack.what, mend, code=Exit.ENGINE)
    except EngineError as exc:
        mend = "minidata up" if ours else exc.hint
        yield problem("roles", f"{role} cannot log in: {exc}", mend, code=exc.exit_code)
    except MinidataError as exc:
        yield trouble("roles", exc)


def _version(found: Health) -> Finding:
    told = f"Postgres {found.version}, since {found.born:%Y-%m-%d %H:%M} UTC"
    if found.number < _OLDEST:
        return problem("postgres", f"{told}: too old", "use Postgres 15 or later", code=Exit.ENGINE)
    return ok("postgres", told)


def _encoding(found: Health) -> Finding:
    if found.encoding != "UTF8":
        mend = "create database NAME encoding 'UTF8' template template0; and use that one"
        return problem("encoding", f"{found.encoding} cannot hold all text", mend, code=Exit.ENGINE)
    return ok("encoding", found.encoding)


def _writable(found: Health) -> Iterator[Finding]:
    if found.standby:
        yield problem("standby", "this server is a read-only copy", "use the URL of the primary", code=Exit.ENGINE)
    elif found.read_only:
        mend = "alter database NAME reset default_transaction_read_only;"
        yield problem("standby", "transactions are read-only here", mend, code=Exit.ENGINE)


def _safety(found: Health) -> Iterator[Finding]:
    for name in found.unsafe:
        told = f"{name} is off: what was loaded may be lost, or damaged, when the machine fails"
        yield warning("safety", told, f"alter system set {name} = on; select pg_reload_conf();")


def _collations(found: Health) -> Iterator[Finding]:
    for name in found.collations:
        told = f"the order of text has changed under {name}: indexes on text may miss rows"
        yield warning("collation", told, "reindex database NAME; alter database NAME refresh collation version;")


def _connections(found: Health) -> Finding:
    told = f"{found.connections} of {found.max_connections} are in use"
    if found.max_connections - found.connections < _FEWEST_LEFT:
        return warning("connections", told, "close some, or alter system set max_connections = …; and restart")
    return ok("connections", told)


def _clock(found: Health, clock: Clock) -> Finding:
    skew = abs((found.now - clock.now()).total_seconds())
    if skew > _SKEW:
        return warning("database clock", f"{skew:,.0f} s apart from this machine's", "set both by NTP")
    return ok("database clock", "as this machine's")


CHECKS = (
    Check("postgres", postgres, needs=("settings", "engine"), code=Exit.ENGINE),
    Check("roles", roles, needs=("settings", "engine", "postgres"), code=Exit.ENGINE, seconds=20.0),
)
