"""A command's containers: one for each stage, one after the other, and each stage's facts out of its own."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar

from minidata.adapters.docker.services import Site, check_image
from minidata.adapters.files import is_folder, onto, writing
from minidata.adapters.project import Project
from minidata.adapters.reports import read_reports
from minidata.core.errors import ConfigError, EngineError
from minidata.core.modelling.reports import chosen
from minidata.core.running.services import API, Stage
from minidata.core.source import Source, Stream, chosen_streams
from minidata.core.watch import PROGRESS, Nobody, Watch
from minidata.core.wording import excerpt
from minidata.steps.analyze import Analyzed, Wishes
from minidata.steps.engine import chosen as chosen_engine
from minidata.steps.image import image_name
from minidata.steps.ingest import Ingested
from minidata.steps.isolating.confining import Confined
from minidata.steps.isolating.hearing import Hearing
from minidata.steps.isolating.leftovers import command_site
from minidata.steps.isolating.luggage import Luggage, for_database, for_sources, with_store
from minidata.steps.load import Loaded
from minidata.steps.report import Destination, Reported, ReportedOne
from minidata.steps.run import Ran, chain
from minidata.steps.test import Tested
from minidata.steps.test import Wishes as TestWishes

Facts = TypeVar("Facts")


@contextmanager
def isolation(project: Project, watch: Watch | None = None) -> Iterator["Isolation"]:
    """
    Give the stages of *project* in containers, of which nothing is left in the end.

    Raises EngineError when there is no Docker engine, or no image of minidata in it.
    """
    with command_site(project) as (site, folder):
        image = image_name(project)
        check_image(site, image)
        yield Isolation(project, watch or Nobody(), site, Confined(project, folder, image))


@dataclass(frozen=True)
class Isolation:
    """The stages of one command. Each method does what the step of its name does, and raises the same."""

    project: Project
    watch: Watch
    site: Site
    confined: Confined

    def ingest(  # noqa: PLR0913 - each is an option of the command, given by name
        self,
        sources: Mapping[str, Source],
        *,
        source: str | None = None,
        stream: str | None = None,
        since: str | None = None,
        until: str | None = None,
        window: str | None = None,
        full: bool = False,
    ) -> Ingested:
        """Fetch. Only the secrets of the Sources that are meant are there."""
        meant = chosen_streams(sources, source, stream, set_up=self.project.settings.sources)
        options = _options(source=source, stream=stream, since=since, until=until, window=window, full=full)
        facts = self._facts("ingest", Ingested, options, for_sources(self.project, meant))
        _check_known(meant, {one.source for one in facts.streams} | {one.source for one in facts.failures})
        return facts

    def load(
        self,
        sources: Mapping[str, Source],
        *,
        source: str | None = None,
        stream: str | None = None,
        workers: int | None = None,
        allow_shrink: bool = False,
    ) -> Loaded:
        """Load."""
        meant = chosen_streams(sources, source, stream)
        options = _options(source=source, stream=stream, workers=workers, allow_shrink=allow_shrink)
        facts = self._facts("load", Loaded, options, for_database(self.project, "load"))
        _check_known(meant, {one.source for one in facts.streams})
        return facts

    def analyze(self, wishes: Wishes | None = None, *, variables: Mapping[str, str] | None = None) -> Analyzed:
        """Build, test and publish."""
        options = [*(wishes or Wishes()).options(), *_variables(variables)]
        return self._facts("analyze", Analyzed, options, for_database(self.project, "analyze"))

    def test(self, wishes: TestWishes | None = None, *, variables: Mapping[str, str] | None = None) -> Tested:
        """Test what is published."""
        options = [*(wishes or TestWishes()).options(), *_variables(variables)]
        return self._facts("test", Tested, options, for_database(self.project, "test"))

    def report(self, destination: Destination, *, names: Sequence[str] = ()) -> Reported:
        """Answer. What goes to stdout, or into one file, comes through the container's stdout."""
        file = self._only_file(destination, names)
        if file is None and destination.stdout is None:
            return self._reported_into_folder(destination, names)
        options = [f"--format={destination.form}", "--output=-", "--", *names]
        with _opened(file, destination.stdout) as stdout:
            facts = self._facts("report", Reported, options, for_database(self.project, "report"), stdout)
        path = str(file) if file else None
        return replace(facts, reports=tuple(replace(one, path=path) for one in facts.reports))

    def run(
        self,
        sources: Mapping[str, Source],
        *,
        source: str | None = None,
        variables: Mapping[str, str] | None = None,
        allow_shrink: bool = False,
    ) -> Ran:
        """Do all of them, in order, each waiting for the one before."""
        if chosen_engine(self.project) is not None:
            # Before anything is fetched.
            for_database(self.project, "load")
        return chain(
            partial(self.ingest, sources, source=source),
            partial(self.load, sources, source=source, allow_shrink=allow_shrink),
            partial(self.analyze, variables=variables),
            partial(self.report, Destination("html")),
        )

    @contextmanager
    def demo_api(self, options: Sequence[str], secret: str) -> Iterator[None]:
        """Have the bundled API answer, as ``api`` on the network outside, to who has the project's *secret*."""
        service = self.confined.demo_api(options, API, {secret: self.project.secret(secret)})
        with self.site.started(service) as (_, said):
            complaints = []
            for out, err in said:
                if out:
                    break
                complaints.append(err or b"")
            else:
                why = b"".join(complaints).decode(errors="replace")
                raise EngineError(f"the bundled API does not start: {excerpt(why)}")
            yield

    def _facts(
        self,
        stage: Stage,
        kind: type[Facts],
        options: Sequence[str],
        luggage: Luggage,
        stdout: BinaryIO | None = None,
    ) -> Facts:
        """Run *stage* to its end; return what it found out, or raise what it raised."""
        if isinstance(self.watch, Nobody):
            options = ["--quiet", *options]
        else:
            luggage = replace(luggage, environment={**luggage.environment, PROGRESS: "1"})
        hearing = Hearing(stage, self.watch, stdout)
        try:
            service = self.confined.stage(stage, options, with_store(self.project, stage, luggage))
            ended = self.site.run(service, hearing)
        finally:
            self.confined.forget(stage)
        return hearing.facts(kind, ended)

    def _only_file(self, destination: Destination, names: Sequence[str]) -> Path | None:
        """Return the file that the one report goes to; None when there are more, or a folder is meant."""
        output = destination.output
        if output is None or destination.stdout is not None or is_folder(output):
            return None
        return output if len(chosen(read_reports(self.project.root), names)) == 1 else None

    def _reported_into_folder(self, destination: Destination, names: Sequence[str]) -> Reported:
        folder = destination.output
        options = [f"--format={destination.form}"]
        luggage = for_database(self.project, "report")
        if folder is not None:
            there = folder.absolute()
            luggage, options = replace(luggage, place=there), [*options, f"--output={there}"]
        facts = self._facts("report", Reported, [*options, "--", *names], luggage)
        # The container's current folder is another one.
        return facts if folder is None else replace(facts, reports=tuple(_inside(folder, facts)))


def _inside(folder: Path, facts: Reported) -> Iterator[ReportedOne]:
    for one in facts.reports:
        yield replace(one, path=str(folder / Path(one.path).name)) if one.path else one


def _opened(file: Path | None, stdout: BinaryIO | None) -> AbstractContextManager[BinaryIO]:
    if file is not None:
        return writing(file)
    if stdout is None:
        raise AssertionError(file)
    return onto(stdout, "stdout")


def _options(**given: str | int | None) -> list[str]:
    """Return the options as the command line spells them; in one word each, for a value may begin with a dash."""
    said = {name.replace("_", "-"): value for name, value in given.items() if value}
    return [f"--{name}" if value is True else f"--{name}={value}" for name, value in said.items()]


def _variables(variables: Mapping[str, str] | None) -> list[str]:
    return [f"--var={name}={value}" for name, value in (variables or {}).items()]


def _check_known(meant: Sequence[tuple[Source, Stream]], done: set[str]) -> None:
    """Raise ConfigError for a Source that is an installed package's, which the image does not have."""
    for owner, _ in meant:
        if owner.name not in done:
            raise ConfigError(
                f"the image has no source {owner.name!r}",
                hint="install its package in an image that is made FROM it, and name that: setting isolated.image",
            )
