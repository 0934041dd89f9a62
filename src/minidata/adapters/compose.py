"""The door to what docker/secrets.sh has written down: how compose calls the project, and as whom containers run."""

from dataclasses import dataclass
from pathlib import Path

from minidata.core.errors import ConfigError

# What docker/compose.yaml and docker/secrets.sh call them.
SECRETS = ".minidata/compose"
_FACTS = "docker/.env"


@dataclass(frozen=True)
class Compose:
    """The project's *name* for compose, the *user* (``uid:gid``) of its containers, the folder of its *secrets*."""

    name: str
    user: str
    secrets: Path

    @property
    def inside(self) -> str:
        """The name of the network that has Postgres and no way outside."""
        return f"{self.name}_inside"


def composed(root: Path) -> Compose:
    """Return what is known of the project at *root*. Raises ConfigError when docker/secrets.sh has not been run."""
    try:
        lines = (root / _FACTS).read_text().splitlines()
        facts = dict(line.split("=", 1) for line in lines if "=" in line)
        return Compose(facts["COMPOSE_PROJECT_NAME"], facts["MINIDATA_USER"], root / SECRETS)
    except (OSError, KeyError) as exc:
        raise ConfigError(f"{root / _FACTS} does not say how the containers run", hint="run docker/secrets.sh") from exc
