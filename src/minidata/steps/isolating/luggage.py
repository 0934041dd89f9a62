"""What a stage takes along into its container besides its folders: its way to a database, secrets, a bucket's keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import SecretStr

from minidata.adapters.database.connection import ANALYST, LOADER, READER
from minidata.adapters.database.places import leads_here
from minidata.adapters.object_store.opening import folder_at
from minidata.adapters.project import Project
from minidata.core.auths import secrets_for
from minidata.core.dialect.variables import asked_of_environment
from minidata.core.errors import ConfigError
from minidata.core.running.services import ENGINE_URL, NEEDS, Network, Role, Stage, at_database
from minidata.core.source import Source, Stream
from minidata.steps.engine import chosen, role_endpoint
from minidata.steps.isolating.bucket_access import bucket_access
from minidata.steps.isolating.outward import named_files, way_outside

_ROLES: Mapping[Role, str] = {"loader": LOADER, "analyst": ANALYST, "reader": READER}


@dataclass(frozen=True)
class Luggage:
    """
    What one container takes along besides its folders.

    The *networks* it is on; *secrets* by their names, those that are *exported* to the process, and *files* that these
    name; *environment*, which is no secret; *locks*, which commands at work here share; and a *place* that reports are
    written to instead of the project's own.
    """

    networks: tuple[Network, ...]
    secrets: Mapping[str, SecretStr]
    environment: Mapping[str, str] = field(default_factory=dict)
    exported: Mapping[str, SecretStr] = field(default_factory=dict)
    files: Sequence[Path] = ()
    locks: Sequence[str] = ()
    place: Path | None = None


def for_sources(project: Project, meant: Sequence[tuple[Source, Stream]]) -> Luggage:
    """
    Return what fetching *meant* needs: the secrets of their Sources alone, and a lock for each Stream.

    A secret that is not there is missed in the container as it would be here.
    """
    names = sorted({name for owner, _ in meant for name in secrets_for(owner.auth)})
    found = {name: project.find_secret(name) for name in names}
    secrets = {name: SecretStr(secret.value) for name, secret in found.items() if secret is not None}
    locks = [f"ingest-{owner.name}-{one.name}" for owner, one in meant]
    return _exporting(Luggage(("outside",), secrets, locks=locks), way_outside(project.environ))


def for_database(project: Project, stage: Stage) -> Luggage:
    """
    Return what leads *stage* to the database in its own role.

    Raises ConfigError when the Postgres is one that no container reaches, EngineDown when there is none.
    """
    role = NEEDS[stage].role
    if role is None:
        raise AssertionError(stage)
    environment = _environment_of_sql(project) if "sql" in NEEDS[stage].reads else {}
    # The project's own is met where nobody else is; somebody else's is somewhere outside.
    network: Network = "inside" if chosen(project) == "docker" else "outside"
    return Luggage((network,), {ENGINE_URL: _url(project, _ROLES[role])}, environment)


def with_store(project: Project, stage: Stage, luggage: Luggage) -> Luggage:
    """Return *luggage*, and when *stage* needs a store that is a bucket, what opens it; raises ConfigError."""
    needs, store = NEEDS[stage], project.settings.store
    if "store" not in needs.reads | needs.writes or folder_at(store.url, project.root) is not None:
        return luggage
    networks = luggage.networks if "outside" in luggage.networks else (*luggage.networks, "outside")
    return _exporting(replace(luggage, networks=networks), bucket_access(project))


def _exporting(luggage: Luggage, variables: Mapping[str, str]) -> Luggage:
    """Return *luggage*, with *variables*, which may be secret, and with the files that these name."""
    secret = {name: SecretStr(value) for name, value in variables.items()}
    files = [*luggage.files, *named_files(variables)]
    return replace(luggage, exported={**luggage.exported, **secret}, files=files)


def _url(project: Project, role: str) -> SecretStr:
    """Return the URL that a container logs in at as *role*."""
    if chosen(project) == "embedded":
        raise ConfigError(
            "the embedded Postgres is on this machine alone, where no container reaches it",
            hint="`minidata up --engine docker` makes another one, which `load` fills from the object store",
        )
    endpoint = role_endpoint(project, role)
    if endpoint.kind == "docker":
        return at_database(endpoint)
    if leads_here(endpoint.url):
        raise ConfigError(
            f"{endpoint.where} is on this machine's loopback, which in a container is the container's own",
            hint="name an address of this machine that Postgres listens on, or use `--engine docker`",
        )
    return endpoint.url


def _environment_of_sql(project: Project) -> Mapping[str, str]:
    """Return those variables of the environment that the project's SQL asks for with env_var()."""
    files = (path for path in sorted((project.root / "sql").rglob("*")) if path.suffix in {".sql", ".yml", ".yaml"})
    asked = {name for path in files for name in asked_of_environment(path.read_text(errors="replace"))}
    return {name: project.environ[name] for name in sorted(asked) if name in project.environ}
