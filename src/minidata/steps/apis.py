"""A Source's API, opened for one project: where it is there, and with the secrets that are there."""

from collections.abc import Mapping
from dataclasses import replace

from pydantic import SecretStr

from minidata import __version__
from minidata.adapters.http import Api
from minidata.adapters.project import Project
from minidata.core.auths import secrets_for
from minidata.core.clock import Clock
from minidata.core.source import Source
from minidata.core.watch import Watch


def open_api(project: Project, source: Source, clock: Clock, watch: Watch) -> Api:
    """Return the door to the API of *source*; raise ConfigError when a secret that it needs is missing."""
    here = project.settings.sources.get(source.name)
    return Api(
        source=replace(source, base_url=here.base_url) if here and here.base_url else source,
        secrets=secrets_in(project, source),
        settings=project.settings.http,
        agent=f"minidata/{__version__}",
        redact=project.redact,
        clock=clock,
        watch=watch,
    )


def secrets_in(project: Project, source: Source) -> Mapping[str, SecretStr]:
    """Return the secrets of *source* by their names; raise ConfigError when one is missing that is no option."""
    needed = source.auth.secrets if source.auth else ()
    found = {name: project.find_secret(name) for name in secrets_for(source.auth) if name not in needed}
    optional = {name: SecretStr(one.value) for name, one in found.items() if one}
    return {**optional, **{name: project.secret(name) for name in needed}}
