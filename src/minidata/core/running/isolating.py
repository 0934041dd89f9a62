"""What a scheduler must know to start each stage in a container that has only what it needs."""

from collections.abc import Mapping
from dataclasses import dataclass

from minidata.core.running.services import NEEDS, Folder, Mount

INSIDE = "/project"
_TOML = "minidata.toml"
_CALLED: Mapping[Folder, str] = {"sources": "sources", "sql": "sql", "store": "object_store", "output": "output"}


@dataclass(frozen=True)
class Isolation:
    """
    How containers run, in Docker's words, and what each stage's sees.

    *network* has Postgres and no way outside, *secrets* is a folder, *keys* are the names of each Source's secrets.
    """

    image: str
    user: str
    network: str
    secrets: str
    memory: str
    cpus: float
    mounts: Mapping[str, tuple[Mount, ...]]
    keys: Mapping[str, tuple[str, ...]]

    @property
    def nano_cpus(self) -> int:
        """*cpus* in the unit that Docker counts in."""
        return int(self.cpus * 1_000_000_000)


def stage_mounts(root: str, folders: Mapping[Folder, str]) -> Mapping[str, tuple[Mount, ...]]:
    """Return what each stage sees of the project at *root*, whose *folders* that exist are at these paths."""
    toml = Mount(f"{root}/{_TOML}", f"{INSIDE}/{_TOML}")
    return {
        stage: (
            toml,
            *(
                Mount(folders[name], f"{INSIDE}/{called}", writable=name in needs.writes)
                for name, called in _CALLED.items()
                if name in folders and name in needs.reads | needs.writes
            ),
        )
        for stage, needs in NEEDS.items()
    }
