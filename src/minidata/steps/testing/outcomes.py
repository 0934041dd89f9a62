"""How tests went."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from minidata.core.errors import Exit, worst
from minidata.core.testing.configuring import Severity
from minidata.core.testing.differing import Difference

TestStatus = Literal["pass", "warn", "fail", "broken", "skipped"]
TestKind = Literal["data", "unit"]


@dataclass(frozen=True)
class TestOutcome:
    """
    How a test went: *failures* is the number of rows that break its rule, or what stands for that in its config.

    *about* is the model or the source's table it belongs to, or what a query of its own reads. A *broken* test has a
    query that does not run; one is *skipped* when something it reads is not there. *message* says why. *look* is a
    query for the rows that were kept, *difference* what a unit test's model gives otherwise than expected. One that is
    *kept* passed before, over the very same rows, and was not run again.
    """

    name: str
    about: str
    severity: Severity
    status: TestStatus
    failures: int = 0
    message: str = ""
    exit_code: Exit = Exit.DONE
    kind: TestKind = "data"
    look: str = ""
    difference: Difference | None = None
    kept: bool = False


def worst_of(tests: Sequence[TestOutcome]) -> Exit:
    """Return TESTS when a rule is broken, CONFIG or ENGINE when a test's query is, else DONE."""
    return worst(test.exit_code for test in tests)
