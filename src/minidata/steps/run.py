"""run: ingest, load, analyze and report, in this order, once."""

from collections.abc import Mapping
from dataclasses import dataclass

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


def run(
    project: Project,
    sources: Mapping[str, Source],
    *,
    source: str | None = None,
    variables: Mapping[str, str] | None = None,
    watch: Watch | None = None,
) -> Ran:
    """
    Run all stages over all Sources, or over one.

    A Source that fails does not keep the others' data from going on. More quarantined records than allowed, a damaged
    object or a failing test stop the pipeline there: readers keep what they had. Raises what the stages raise.
    """
    watch = watch or Nobody()
    ingested = ingest(project, sources, source=source, watch=watch)
    loaded = load(project, sources, source=source, watch=watch)
    if loaded.exit_code:
        return Ran(ingested, loaded)
    analyzed = analyze(project, variables=variables or {}, watch=watch)
    if analyzed.exit_code:
        return Ran(ingested, loaded, analyzed)
    return Ran(ingested, loaded, analyzed, report(project, Destination("html"), watch=watch))
