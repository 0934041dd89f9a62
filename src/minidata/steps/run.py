"""run: ingest, load, analyze and report, in this order, once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from minidata.adapters.project import Project
from minidata.core.errors import Exit, worst
from minidata.core.source import Source
from minidata.core.watch import Nobody, Watch
from minidata.steps.analyze import Analyzed, analyze
from minidata.steps.ingest import Ingested, ingest
from minidata.steps.load import Loaded, load
from minidata.steps.report import Destination, Reported, report


@dataclass(frozen=True)
class Ran:
    """What each stage did; None for those that an earlier one's outcome kept from running."""

    ingested: Ingested
    loaded: Loaded
    analyzed: Analyzed | None = None
    reported: Reported | None = None

    @property
    def exit_code(self) -> Exit:
        """The worst of the stages'."""
        stages = (self.ingested, self.loaded, self.analyzed)
        return worst(stage.exit_code for stage in stages if stage is not None)


def run(  # noqa: PLR0913 - each is an option of the command, given by name
    project: Project,
    sources: Mapping[str, Source],
    *,
    source: str | None = None,
    variables: Mapping[str, str] | None = None,
    allow_shrink: bool = False,
    watch: Watch | None = None,
) -> Ran:
    """
    Run all stages over all Sources, or over one.

    A Source that fails does not keep the others' data from going on. More quarantined records than allowed, a damaged
    object or a failing test stop the pipeline there: readers keep what they had. Raises what the stages raise.
    """
    watch = watch or Nobody()
    return chain(
        partial(ingest, project, sources, source=source, watch=watch),
        partial(load, project, sources, source=source, allow_shrink=allow_shrink, watch=watch),
        partial(analyze, project, variables=variables or {}, watch=watch),
        partial(report, project, Destination("html"), watch=watch),
    )


def chain(
    ingest: Callable[[], Ingested],
    load: Callable[[], Loaded],
    analyze: Callable[[], Analyzed],
    report: Callable[[], Reported],
) -> Ran:
    """Do one stage after the other, up to the first whose outcome must not reach readers."""
    ingested, loaded = ingest(), load()
    if loaded.exit_code:
        return Ran(ingested, loaded)
    analyzed = analyze()
    if analyzed.exit_code:
        return Ran(ingested, loaded, analyzed)
    return Ran(ingested, loaded, analyzed, report())
