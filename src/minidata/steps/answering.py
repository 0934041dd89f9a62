"""What `report` and `query` share: a question is asked, and its answer written down or looked at."""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from minidata.adapters.database.asking.queries import copy_csv, reading, stream
from minidata.adapters.database.connection import Database
from minidata.adapters.project import Project
from minidata.core.answers import Cells, Column, Question, State
from minidata.core.formats import Format
from minidata.core.formats.about import About
from minidata.core.watch import Watch
from minidata.steps.engine import database

# How many rows go by between two looks at the clock of whoever waits.
_COUNTED = 10_000


@dataclass(frozen=True)
class Written:
    """How much was written down: *rows*, and bytes (*size*)."""

    rows: int
    size: int


@dataclass(frozen=True)
class Answer:
    """
    The first rows of an answer, cells as Postgres's text and None for NULL; *truncated* when there are more.

    *title* and *description* are a report's, empty for a query.
    """

    columns: tuple[Column, ...]
    rows: tuple[Cells, ...]
    truncated: bool
    state: State
    title: str = ""
    description: str = ""


@contextmanager
def asking(project: Project, role: str) -> Iterator[tuple[Database, State]]:
    """One state of the project's database, for questions that are asked as *role*. Raises what database() raises."""
    with database(project, role) as opened, reading(opened) as state:
        yield opened, state


@dataclass(frozen=True)
class Asked:
    """A *question* to a database, and what is said *about* it where the format has room."""

    opened: Database
    question: Question
    about: About

    def write(self, form: Format, file: BinaryIO, watch: Watch) -> Written:
        """
        Ask, and write the answer to *file* as it comes.

        Raises what queries.stream() raises, ConfigError when the format or the chart cannot hold the answer, and what
        *file* raises.
        """
        counted = _Counted(file)
        if form.render is None:
            return Written(copy_csv(self.opened, self.question, counted.write), counted.size)
        columns, cells = stream(self.opened, self.question)
        if self.about.chart:
            self.about.chart.check(columns)
        # Closed whatever happens, so that the server does not go on answering.
        with closing(cells):
            coming = _Watched(cells, self.question.what, watch)
            for text in form.render(columns, coming, self.about):
                counted.write(text.encode())
        return Written(coming.rows, counted.size)

    def first_rows(self, limit: int) -> Answer:
        """Ask, and return no more than *limit* rows. Raises what queries.stream() raises."""
        columns, cells = stream(self.opened, self.question)
        with closing(cells):
            rows = tuple(islice(cells, limit + 1))
        said = self.about
        return Answer(columns, rows[:limit], len(rows) > limit, said.state, said.title, said.description)


class _Counted:
    def __init__(self, file: BinaryIO) -> None:
        self._write = file.write
        self.size = 0

    def write(self, piece: bytes | memoryview) -> None:
        self.size += len(piece)
        self._write(piece)


class _Watched(Iterable[Cells]):
    """Rows, counted as they go by."""

    def __init__(self, cells: Iterator[Cells], what: str, watch: Watch) -> None:
        self._cells = cells
        self._what = what
        self._watch = watch
        self.rows = 0

    def __iter__(self) -> Iterator[Cells]:
        for row in self._cells:
            self.rows += 1
            if self.rows % _COUNTED == 0:
                self._watch.count(self._what, self.rows)
            yield row
