"""A container with few rights: how it is made of a Service, and removed."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from docker.errors import APIError, NotFound
from docker.models.containers import Container
from docker.types import LogConfig, Mount

import docker
from minidata.core.running.services import EXPORTED, PROCESSES, Service

_BILLION = 10**9
_AT_IT = 409
_EXPORTING = [
    "/bin/sh",
    "-c",
    f'for file in {EXPORTED}/*; do export "${{file##*/}}=$(cat "$file")"; done; exec minidata "$@"',
    "minidata",
]
_CONFINED: dict[str, Any] = {
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "pids_limit": PROCESSES,
    "ipc_mode": "private",
    # It passes signals on, and buries the children of others.
    "init": True,
    # Where containers' users are others than the machine's, the files must be the user's all the same.
    "userns_mode": "host",
    # What it says is heard, and kept nowhere.
    "log_config": LogConfig(type=LogConfig.types.NONE),
}


def create(
    client: docker.DockerClient, service: Service, name: str, labels: Mapping[str, str], network: Mapping[str, Any]
) -> Container:
    """Make the container *name* of *service*, born on *network* as the SDK spells it; it does not run."""
    info = client.info()
    return client.containers.create(
        service.image,
        list(service.command),
        entrypoint=_EXPORTING if service.exporting else None,
        name=name,
        labels=dict(labels),
        environment=dict(service.environment),
        working_dir=service.folder,
        mounts=[Mount(m.target, m.source, type="bind", read_only=not m.writable) for m in service.mounts],
        tmpfs=dict.fromkeys(service.scratch, "mode=1777"),
        # Rootless Docker's root is the user who runs it, and nobody else there is.
        user="0:0" if "name=rootless" in info["SecurityOptions"] else service.user,
        nano_cpus=int(min(service.limits.cpus, info["NCPU"]) * _BILLION),
        mem_limit=service.limits.memory,
        memswap_limit=service.limits.memory,
        **network,
        **_CONFINED,
    )


def remove(container: Container) -> None:
    """Remove *container*, also when it runs; one that is gone, or about to be, is fine."""
    with suppress(NotFound):
        try:
            container.remove(force=True, v=True)
        except APIError as exc:
            if exc.status_code != _AT_IT:
                raise
