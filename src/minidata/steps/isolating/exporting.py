"""What export needs to know of a project whose stages run in containers that another scheduler starts."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from minidata.adapters.compose import composed
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError
from minidata.core.running.exports import in_bucket
from minidata.core.running.isolating import Isolation, stage_mounts
from minidata.core.running.services import Folder
from minidata.core.source import Source, secrets_of
from minidata.steps.image import image_name


def isolation(project: Project, sources: Iterable[Source]) -> Isolation:
    """
    Return how the containers of docker/compose.yaml are started one by one.

    Raises ConfigError for a store that is no folder, and when docker/secrets.sh has not been run.
    """
    settings = project.settings
    if in_bucket(settings.store.url):
        raise ConfigError(
            f"the containers of docker/compose.yaml have no way to {settings.store.url}",
            hint="leave out --isolated, or keep the store in a folder",
        )
    compose = composed(project.root)
    return Isolation(
        image=image_name(project),
        user=compose.user,
        network=compose.inside,
        secrets=str(compose.secrets),
        memory=settings.isolated.memory,
        cpus=settings.isolated.cpus,
        mounts=stage_mounts(str(project.root), _folders(project)),
        keys={source.name: tuple(secrets_of([source])) for source in sources},
    )


def _folders(project: Project) -> Mapping[Folder, str]:
    """Return the project's folders; those that containers write into are made, so that Docker does not, for root."""
    root, settings = project.root, project.settings
    written: Mapping[Folder, Path] = {"store": root / settings.store.url, "output": root / settings.report.output}
    for folder in written.values():
        folder.mkdir(parents=True, exist_ok=True)
    read: Mapping[Folder, Path] = {"sources": root / "sources", "sql": root / "sql"}
    return {name: str(path) for name, path in {**read, **written}.items() if path.is_dir()}
