"""report: the questions of ``sql/reports``, answered from what is published, in files or on stdout."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import BinaryIO

from minidata import __version__
from minidata.adapters.database.asking.queries import apart
from minidata.adapters.database.connection import READER, Database
from minidata.adapters.files import is_folder, onto, writing
from minidata.adapters.project import Project
from minidata.adapters.reports import model_names, read_reports
from minidata.core.answers import PUBLISHED, MissingRelation, Question, State
from minidata.core.errors import ConfigError
from minidata.core.formats import Format, format_called
from minidata.core.formats.about import About
from minidata.core.modelling.reports import FOLDER, Report, chosen
from minidata.core.watch import Nobody, Watch
from minidata.steps.answering import Answer, Asked, asking

_DENIED = "a report reads what is published: make a model of it"
_ANALYZE = "run `minidata analyze`: it says what the model waits for"


@dataclass(frozen=True)
class ReportedOne:
    """One Report that was answered: where it went (None: to stdout), how many *rows* and bytes (*size*)."""

    name: str
    title: str
    path: str | None
    rows: int
    size: int


@dataclass(frozen=True)
class Reported:
    """
    The Reports that were answered, from which publish (None before the first), *as_of* when.

    Those that are *waiting* read a model that is not published yet.
    """

    reports: tuple[ReportedOne, ...]
    waiting: tuple[str, ...]
    publish: int | None
    as_of: datetime


@dataclass(frozen=True)
class Destination:
    """
    How answers are written, and where to.

    One goes to *stdout* when it is given; else they go into files: *output* is a folder, or for a single Report a
    file; None is the project's output folder.
    """

    form: str = "table"
    output: Path | None = None
    stdout: BinaryIO | None = None


def report(
    project: Project, destination: Destination, *, names: Sequence[str] = (), watch: Watch | None = None
) -> Reported:
    """
    Answer the Reports called *names*, or all, from one state of what is published.

    A file is replaced in one move, and stays as it was when its report fails. Of all reports, those wait that read a
    model of the project which is not published yet.

    Raises UnknownName for a report or a format, RefusedError for a name that is a path or a query that writes,
    ConfigError for a report that fails, naming file and line, StoreError when a file cannot be written, EngineError.
    """
    form = format_called(destination.form)
    reports = chosen(read_reports(project.root), names)
    if not reports:
        raise ConfigError(f"there are no reports in {project.root / FOLDER}")
    if destination.stdout is not None and len(reports) > 1:
        raise ConfigError(f"{len(reports)} reports do not fit into one stream", hint="name one of them")
    places = _places(project, reports, form, destination)
    with asking(project, READER) as (opened, state):
        desk = _Desk(opened, state, form, places, watch or Nobody())
        done, waiting = _answered(desk, reports, model_names(project.root), may_wait=not names)
    return Reported(done, waiting, state.publish, state.as_of)


def answer(project: Project, name: str, *, limit: int) -> Answer:
    """Answer one report with no more than *limit* rows. Raises what report() raises."""
    (one,) = chosen(read_reports(project.root), [name])
    with asking(project, READER) as (opened, state):
        return Asked(opened, _question(one), _about(one, state)).first_rows(limit)


@dataclass(frozen=True)
class _Desk:
    """What is needed to write answers down; *places* say by the reports' names where to."""

    opened: Database
    state: State
    form: Format
    places: Mapping[str, Path | BinaryIO]
    watch: Watch

    def answer(self, one: Report) -> ReportedOne:
        """Write one answer down: a file appears whole or not at all."""
        place = self.places[one.name]
        path = place if isinstance(place, Path) else None
        opening = writing(place) if isinstance(place, Path) else onto(place, "stdout")
        asked = Asked(self.opened, _question(one), _about(one, self.state))
        with apart(self.opened), opening as file:
            written = asked.write(self.form, file, self.watch)
        return ReportedOne(one.name, one.title, str(path) if path else None, written.rows, written.size)


def _answered(
    desk: _Desk, reports: Sequence[Report], models: frozenset[str], *, may_wait: bool
) -> tuple[tuple[ReportedOne, ...], tuple[str, ...]]:
    done: list[ReportedOne] = []
    waiting: list[str] = []
    for one in reports:
        try:
            done.append(desk.answer(one))
        except MissingRelation as exc:
            model = _model(exc.relation)
            if model not in models or not may_wait:
                raise _missing(exc, model, models) from exc
            # Its source was not loaded here, which is no fault of the others.
            waiting.append(one.name)
            desk.watch.note(f"report {one.name} waits: {model} is not published yet")
    if waiting and not done:
        raise ConfigError("nothing is published that a report could read", hint=_ANALYZE)
    return tuple(done), tuple(waiting)


def _missing(exc: MissingRelation, model: str, models: frozenset[str]) -> ConfigError:
    """Return the error that says what to do about a relation that is not there."""
    if model in models:
        return ConfigError(str(exc), hint=_ANALYZE)
    near = get_close_matches(model, sorted(models), n=1)
    return ConfigError(str(exc), hint=f"did you mean {near[0]}?" if near else "")


def _model(relation: str) -> str:
    """Return the model that a relation's name, as written, would mean."""
    schema, _, name = relation.rpartition(".")
    return name.strip().strip('"').lower() if schema.strip().strip('"').lower() in {"", PUBLISHED} else relation


def _places(
    project: Project, reports: Sequence[Report], form: Format, destination: Destination
) -> Mapping[str, Path | BinaryIO]:
    """Return where each report's answer is to be."""
    output = destination.output
    if destination.stdout is not None:
        return {reports[0].name: destination.stdout}
    if output is not None and len(reports) == 1 and not is_folder(output):
        return {reports[0].name: output}
    folder = project.root / project.settings.report.output if output is None else output
    return {one.name: folder / f"{one.name}{form.ending}" for one in reports}


def _question(one: Report) -> Question:
    return Question(f"report {one.name}", one.text, one.path, denied=_DENIED)


def _about(one: Report, state: State) -> About:
    return About(one.sql, state, __version__, one.title, one.description, one.chart)
