"""down: stop the project's Postgres, and keep its data unless told otherwise."""

from dataclasses import dataclass

from minidata.adapters.project import Project
from minidata.core.engine import Kind
from minidata.core.watch import Nobody, Watch
from minidata.steps.engine import STATE, UPGRADE, chosen, docker_engine, embedded_engine, engine
from minidata.steps.isolating.leftovers import sweep


@dataclass(frozen=True)
class Down:
    """What was stopped: *kind* is None when nothing was ever started; whether it ran, and whether data was removed."""

    kind: Kind | None
    stopped: bool
    removed_data: bool


def down(project: Project, *, volumes: bool = False, watch: Watch | None = None) -> Down:
    """
    Stop the project's Postgres; with *volumes*, remove its database too. Raw objects and reports stay.

    A Postgres at a URL is somebody else's: nothing is done to it. What killed commands have left of their containers is
    removed. Raises EngineError, RefusedError, LockedError.
    """
    watch = watch or Nobody()
    with project.lock("engine"):
        sweep(project)
        kind = chosen(project)
        if kind == "url":
            watch.note("the Postgres of MINIDATA_ENGINE_URL is not ours to stop")
            return Down(kind, stopped=False, removed_data=False)
        if volumes:
            return _down_with_data(project, kind)
        stopped, _ = engine(project, kind).stop(volumes=False) if kind else (False, False)
    return Down(kind, stopped, removed_data=False)


def _down_with_data(project: Project, kind: Kind | None) -> Down:
    """Remove what either engine has of this project, also the one that was used before another was chosen."""
    ended = [embedded_engine(project).stop(volumes=True)]
    docker = docker_engine(project)
    if kind == "docker" or docker.available() is None:
        ended.append(docker.stop(volumes=True))
    # The next `up` may choose anew, and finds nothing to upgrade.
    for name in (STATE, UPGRADE):
        project.write_state(name, {})
    return Down(kind, any(ran for ran, _ in ended), any(removed for _, removed in ended))
