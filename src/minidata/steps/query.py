"""query: one question at the terminal, answered by whatever the analyst may read."""

from dataclasses import dataclass
from typing import BinaryIO

from minidata import __version__
from minidata.adapters.database.connection import ANALYST, Database
from minidata.adapters.files import onto
from minidata.adapters.project import Project
from minidata.core.answers import Question, State
from minidata.core.formats import format_called
from minidata.core.formats.about import About
from minidata.core.watch import Nobody, Watch
from minidata.steps.answering import Answer, Asked, asking

WHAT = "the query"


@dataclass(frozen=True)
class Queried:
    """How many *rows* and bytes (*size*) were written."""

    rows: int
    size: int


def query(project: Project, text: str, *, form: str, stdout: BinaryIO, watch: Watch | None = None) -> Queried:
    """
    Ask *text*, one query that only reads, and write the rows to *stdout* in the format *form*, as they come.

    Raises UnknownName for the format, ConfigError when *text* is anything but one query that has rows, or fails,
    RefusedError when it would write, StoreError when *stdout* cannot be written, EngineError.
    """
    wanted = format_called(form)
    with asking(project, ANALYST) as (opened, state), onto(stdout, "stdout") as file:
        written = _asked(opened, state, text).write(wanted, file, watch or Nobody())
    return Queried(written.rows, written.size)


def answer(project: Project, text: str, *, limit: int) -> Answer:
    """Ask *text* and return no more than *limit* rows. Raises what query() raises."""
    with asking(project, ANALYST) as (opened, state):
        return _asked(opened, state, text).first_rows(limit)


def _asked(opened: Database, state: State, text: str) -> Asked:
    return Asked(opened, Question(WHAT, text), About(sql=text.strip(), state=state, version=__version__))
