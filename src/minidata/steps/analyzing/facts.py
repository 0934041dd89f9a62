"""What an analyze did, as values."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from minidata.core.errors import Exit, worst
from minidata.steps.testing.outcomes import TestOutcome, worst_of

ModelStatus = Literal["built", "unchanged", "waiting", "failed", "skipped"]


@dataclass(frozen=True)
class AnalyzedModel:
    """
    What became of a model: *relation* is what was built for it in ``minidata_build``, *rows* a table's that are new.

    *why* says why it was built, or was to be. It is *waiting* when a source's table that it, or what it reads, needs is
    not loaded yet, and *skipped* when what it reads has failed; *message* says that.
    """

    name: str
    status: ModelStatus
    relation: str | None = None
    seconds: float = 0.0
    rows: int | None = None
    message: str = ""
    exit_code: Exit = Exit.DONE
    why: str = ""


@dataclass(frozen=True)
class Analyzed:
    """
    What an analyze did: each model in the order of building, each test, and the *publish* that is live now.

    *published* says whether this analyze made it: not when nothing has changed. *candidates* are what was built, or
    was there already, and is not what readers see. *orphans* are published still, though their models are gone.
    """

    run: str
    models: tuple[AnalyzedModel, ...]
    tests: tuple[TestOutcome, ...] = ()
    published: bool = False
    publish: int | None = None
    published_at: datetime | None = None
    orphans: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()

    @property
    def exit_code(self) -> Exit:
        """CONFIG or ENGINE when a model or a test did not run, TESTS when a rule is broken, else DONE."""
        return worst([*(model.exit_code for model in self.models), worst_of(self.tests)])
