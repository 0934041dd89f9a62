"""What is said around an answer, where a format has room for it."""

from dataclasses import dataclass

from minidata.core.answers import State
from minidata.core.modelling.reports import Chart


@dataclass(frozen=True)
class About:
    """
    The question as people read it, and the *state* of the data that answers it.

    *title* is empty for a query that is no report. *version* is minidata's own.
    """

    sql: str
    state: State
    version: str
    title: str = ""
    description: str = ""
    chart: Chart | None = None
