"""report: the questions of sql/reports, answered from what is published."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Generic, TypeVar

from minidata import __version__
from minidata.adapters.clock import SystemClock
from minidata.adapters.database.connection import ANALYST, READER
from minidata.adapters.database.published import publishes
from minidata.adapters.database.queries import NotPublished, Question, asking
from minidata.adapters.files import handing_over, sql_files, writing
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError, UnknownName
from minidata.core.formats import FORMATS
from minidata.core.formats.pages import Origin, html
from minidata.core.reports import Report, parse_report
from minidata.core.watch import Nobody, Watch
from minidata.steps.engine import database

HTML = "html"

Item = TypeVar("Item")


@dataclass(frozen=True)
class ReportedOne:
    """One Report that was answered: where it went (None: to stdout), how many *rows* and *bytes*."""

    name: str
    title: str
    path: str | None
    rows: int
    size: int


@dataclass(frozen=True)
class Reported:
    """
    The Reports that were answered, from which publish (None before the first), *as_of* when.

    Those that *wait* read something that is not published yet.
    """

    reports: tuple[ReportedOne, ...]
    waiting: tuple[str, ...]
    publish: int | None
    as_of: datetime


@dataclass(frozen=True)
class Destination:
    """
    How answers are written, and where to.

    They go to *stdout* when it is given, one after the other; else into files. *output* is a folder, or for a single
    Report a file: one that is there, or that has an ending. None is the project's output folder.
    """

    form: str = "table"
    output: Path | None = None
    stdout: BinaryIO | None = None


def report(
    project: Project, destination: Destination, *, names: Sequence[str] = (), watch: Watch | None = None
) -> Reported:
    """
    Answer the Reports called *names*, or all that can be answered; a file appears whole or not at all.

    Raises UnknownName, ConfigError, StoreError, EngineError.
    """
    watch = watch or Nobody()
    check_format(destination.form, (*FORMATS, HTML))
    reports = _chosen(project, names)
    as_of = SystemClock().now()
    with database(project, ANALYST) as db:
        latest = next(iter(publishes(db, 1)), None)
    published = f"publish {latest.id} of {latest.published_at:%Y-%m-%d %H:%M:%S} UTC" if latest else "nothing published"
    origin = Origin(f"{as_of:%Y-%m-%d %H:%M:%S} UTC", published, __version__)
    done: list[ReportedOne] = []
    waiting: list[str] = []
    with database(project, READER) as db:
        for one in reports:
            watch.count("report", len(done), len(reports))
            path = _path(project, one, destination, alone=len(reports) == 1)
            try:
                with asking(db, one.sql, where=one.where) as question:
                    _note_undrawn(one, question, destination.form, watch)
                    done.append(_answer(question, one, origin, destination, path))
            except NotPublished as exc:
                if names or latest is None:
                    raise
                # Its source was not loaded here, which is no fault of the others.
                waiting.append(one.name)
                watch.note(f"report {one.name} waits: {exc}")
    return Reported(tuple(done), tuple(waiting), latest.id if latest else None, as_of)


def check_format(form: str, known: Iterable[str]) -> None:
    """Raise UnknownName, with the nearest, when *form* is none of the *known* formats."""
    if form not in set(known):
        raise UnknownName("format", form, known)


def write(question: Question, form: str, file: BinaryIO) -> tuple[int, int]:
    """Write the answer in the format *form* to *file*; return how many rows and bytes."""
    if form != "csv":
        counted = _Counted(question.rows())
        return _write_text(FORMATS[form][1](question.columns, counted), file, counted)
    # Postgres makes it, and we hand it on: the header, then each row by itself.
    lines = _Counted(question.csv())
    size = sum(map(file.write, lines))
    return lines.count - 1, size


def reports_of(project: Project) -> Mapping[str, Report]:
    """Return the Reports of the project by name; raises ConfigError for one that will not do."""
    folder = project.root / "sql" / "reports"
    found = sql_files(folder).items()
    return {name: parse_report(name, text, f"sql/reports/{name}.sql") for name, text in found}


class _Counted(Generic[Item]):
    """Items that know how many of them were taken."""

    def __init__(self, items: Iterable[Item]) -> None:
        self.items = items
        self.count = 0

    def __iter__(self) -> Iterator[Item]:
        for item in self.items:
            self.count += 1
            yield item


def _chosen(project: Project, names: Sequence[str]) -> list[Report]:
    known = reports_of(project)
    for name in names:
        if name not in known:
            raise UnknownName("report", name, known, hint="reports are the files in sql/reports")
    if not known:
        raise ConfigError(f"there are no reports in {project.root / 'sql' / 'reports'}")
    return [known[name] for name in dict.fromkeys(names)] if names else list(known.values())


def _path(project: Project, one: Report, destination: Destination, *, alone: bool) -> Path:
    form, output = destination.form, destination.output
    ending = f".{HTML if form == HTML else FORMATS[form][0]}"
    if output is None:
        return project.root / project.settings.report.output / f"{one.name}{ending}"
    if output.is_dir() or not (output.suffix or output.exists()):
        return output / f"{one.name}{ending}"
    if alone:
        return output
    if output.exists() or output.suffix == ending:
        raise ConfigError(f"{output} is one file, and there are several reports", hint="name one, or give a folder")
    return output / f"{one.name}{ending}"


def _answer(question: Question, one: Report, origin: Origin, destination: Destination, path: Path) -> ReportedOne:
    if destination.stdout is not None:
        with handing_over(destination.stdout) as file:
            rows, size = _write_one(question, one, origin, destination.form, file)
        return ReportedOne(one.name, one.title, None, rows, size)
    with writing(path) as file:
        rows, size = _write_one(question, one, origin, destination.form, file)
    return ReportedOne(one.name, one.title, str(path), rows, size)


def _note_undrawn(one: Report, question: Question, form: str, watch: Watch) -> None:
    if form != HTML or one.chart is None:
        return
    names = {column.name for column in question.columns}
    for axis in (one.chart.x, one.chart.y):
        if axis not in names:
            watch.note(f"report {one.name} has no chart: there is no column {axis!r}")


def _write_one(question: Question, one: Report, origin: Origin, form: str, file: BinaryIO) -> tuple[int, int]:
    if form != HTML:
        return write(question, form, file)
    counted = _Counted(question.rows())
    return _write_text(html(one, origin, question.columns, counted), file, counted)


def _write_text(chunks: Iterable[str], file: BinaryIO, counted: _Counted[Any]) -> tuple[int, int]:
    size = sum(file.write(text.encode()) for text in chunks)
    return counted.count, size
