"""query: one question at the terminal, answered by whatever the analyst may read."""

from dataclasses import dataclass
from typing import BinaryIO

from minidata.adapters.database.connection import ANALYST
from minidata.adapters.database.queries import asking
from minidata.adapters.files import handing_over
from minidata.adapters.project import Project
from minidata.core.formats import FORMATS
from minidata.steps.engine import database
from minidata.steps.report import check_format, write


@dataclass(frozen=True)
class Queried:
    """How many *rows* and *bytes* were written."""

    rows: int
    size: int


def query(project: Project, text: str, *, form: str, stdout: BinaryIO) -> Queried:
    """
    Ask *text*, one query that only reads, and write the rows to *stdout* in the format *form*.

    Raises UnknownName, ConfigError, RefusedError, StoreError, EngineError; BrokenPipeError as handing_over does.
    """
    check_format(form, FORMATS)
    with (
        database(project, ANALYST) as db,
        asking(db, text, where="query") as question,
        handing_over(stdout) as file,
    ):
        rows, size = write(question, form, file)
    return Queried(rows, size)
