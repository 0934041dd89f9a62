"""
The stages, each in a container of its own with only what it needs: what they are asked and answer is as without.

Each raises what the plain one does, and EngineError when there is no Docker engine, no image of minidata or no room for
a container; ConfigError when the project's Postgres is none that a container can reach.
"""

from collections.abc import Mapping, Sequence

from minidata.adapters.project import Project
from minidata.core.source import Source
from minidata.core.watch import Watch
from minidata.steps.analyze import Analyzed, Wishes
from minidata.steps.ingest import Ingested
from minidata.steps.isolating.isolation import isolation
from minidata.steps.load import Loaded
from minidata.steps.report import Destination, Reported
from minidata.steps.run import Ran
from minidata.steps.test import Tested
from minidata.steps.test import Wishes as TestWishes


def ingest(  # noqa: PLR0913 - each is an option of the command, given by name
    project: Project,
    sources: Mapping[str, Source],
    *,
    source: str | None = None,
    stream: str | None = None,
    since: str | None = None,
    until: str | None = None,
    window: str | None = None,
    full: bool = False,
    watch: Watch | None = None,
) -> Ingested:
    """Do what ingest.ingest() does, without a way to the database."""
    with isolation(project, watch) as at:
        return at.ingest(sources, source=source, stream=stream, since=since, until=until, window=window, full=full)


def load(  # noqa: PLR0913 - as load.load()
    project: Project,
    sources: Mapping[str, Source],
    *,
    source: str | None = None,
    stream: str | None = None,
    workers: int | None = None,
    allow_shrink: bool = False,
    watch: Watch | None = None,
) -> Loaded:
    """Do what load.load() does, without a way outside, and reading the store alone."""
    with isolation(project, watch) as at:
        return at.load(sources, source=source, stream=stream, workers=workers, allow_shrink=allow_shrink)


def analyze(
    project: Project,
    wishes: Wishes | None = None,
    *,
    variables: Mapping[str, str] | None = None,
    watch: Watch | None = None,
) -> Analyzed:
    """Do what analyze.analyze() does, with nothing but the SQL and the database."""
    with isolation(project, watch) as at:
        return at.analyze(wishes, variables=variables)


def test(  # a verb of ours, no test
    project: Project,
    wishes: TestWishes | None = None,  # noqa: PT028 - see above
    *,
    variables: Mapping[str, str] | None = None,  # noqa: PT028 - see above
    watch: Watch | None = None,  # noqa: PT028 - see above
) -> Tested:
    """Do what test.test() does, with nothing but the SQL and the database."""
    with isolation(project, watch) as at:
        return at.test(wishes, variables=variables)


def report(
    project: Project, destination: Destination, *, names: Sequence[str] = (), watch: Watch | None = None
) -> Reported:
    """Do what report.report() does, reading what is published and nothing else."""
    with isolation(project, watch) as at:
        return at.report(destination, names=names)


def run(  # noqa: PLR0913 - as run.run()
    project: Project,
    sources: Mapping[str, Source],
    *,
    source: str | None = None,
    variables: Mapping[str, str] | None = None,
    allow_shrink: bool = False,
    watch: Watch | None = None,
) -> Ran:
    """Do what run.run() does, each stage in its own container."""
    with isolation(project, watch) as at:
        return at.run(sources, source=source, variables=variables, allow_shrink=allow_shrink)
