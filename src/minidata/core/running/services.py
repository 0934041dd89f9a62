"""
What each stage's container gets, and so what it cannot do: no list of what is forbidden, a list of what is there.

A container sees the project at the same path as its user does, so that a path in a message is one that can be opened;
but of the folder only what is mounted here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from minidata.core.engine import Endpoint

Stage = Literal["ingest", "load", "analyze", "test", "report"]
Folder = Literal["sources", "sql", "store", "output"]
Role = Literal["loader", "analyst", "reader"]
Network = Literal["inside", "outside"]

# Where the engine's containers meet: the names they have there for one another.
DATABASE = "database"
API = "api"
DATABASE_PORT = 5432
SECRETS = "/run/secrets"
# Those that become the environment of the process: outsiders' libraries look for them there.
EXPORTED = f"{SECRETS}/environment"
ENGINE_URL = "MINIDATA_ENGINE_URL"
# Many more than any stage has processes and threads.
PROCESSES = 512


@dataclass(frozen=True)
class Needs:
    """What a stage does its work with: folders that it *reads* and *writes*, the *role* that it is in the database."""

    reads: frozenset[Folder]
    writes: frozenset[Folder] = frozenset()
    role: Role | None = None


NEEDS: Mapping[Stage, Needs] = {
    "ingest": Needs(reads=frozenset({"sources"}), writes=frozenset({"store"})),
    "load": Needs(reads=frozenset({"sources", "store"}), role="loader"),
    "analyze": Needs(reads=frozenset({"sql"}), role="analyst"),
    "test": Needs(reads=frozenset({"sql"}), role="analyst"),
    "report": Needs(reads=frozenset({"sql"}), writes=frozenset({"output"}), role="reader"),
}


@dataclass(frozen=True)
class Mount:
    """A file or folder of the host's at *source* that is seen at *target*."""

    source: str
    target: str
    writable: bool = False


@dataclass(frozen=True)
class Limits:
    """*memory* as Docker spells it, *cpus* maybe a fraction."""

    memory: str
    cpus: float


@dataclass(frozen=True)
class Service:
    """
    A container to be: minidata called with *command* in *folder*, as *user* (``uid:gid``).

    It may write into *scratch* folders, which are memory and gone with it, and into writable mounts, nowhere else. On
    no network it reaches nothing; *alias* is its name on those it is on. Nothing here is secret: secrets are mounted,
    and when it is *exporting*, some of them become its environment once it runs.
    """

    name: str
    image: str
    command: tuple[str, ...]
    folder: str
    user: str
    limits: Limits
    mounts: tuple[Mount, ...] = ()
    scratch: tuple[str, ...] = ("/tmp",)  # noqa: S108 - a container's own
    environment: tuple[tuple[str, str], ...] = ()
    networks: tuple[Network, ...] = ()
    alias: str | None = None
    exporting: bool = False


def at_database(endpoint: Endpoint) -> SecretStr:
    """Return the URL of *endpoint*, the project's own Postgres, as it is reached on the network inside."""
    parts = urlsplit(endpoint.url.get_secret_value())
    userinfo = parts.netloc.rpartition("@")[0]
    return SecretStr(parts._replace(netloc=f"{userinfo}@{DATABASE}:{DATABASE_PORT}").geturl())
