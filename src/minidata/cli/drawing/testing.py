"""How it looks how tests went."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from minidata.cli.desk import Desk
    from minidata.steps.test import Tested
    from minidata.steps.testing.outcomes import TestOutcome


def draw_tested(desk: "Desk", facts: "Tested") -> None:
    """Draw the tests that did not pass, and how many did."""
    draw_tests(desk, facts.tests)


def draw_tests(desk: "Desk", tests: "Sequence[TestOutcome]") -> None:
    """Draw those that did not pass, and how many did."""
    passed = sum(test.status == "pass" for test in tests)
    for test in tests:
        if test.status in {"fail", "warn", "broken"}:
            words = test.message or f"{test.failures:,} rows break it"
            line = f"test {test.name} on {test.about}: {words}"
            desk.note(f"warning: {line}") if test.status == "warn" else desk.fail(line, "")
    if tests:
        skipped = sum(test.status == "skipped" for test in tests)
        waiting = f", {skipped} skipped: what they read is not there" if skipped else ""
        desk.out.print(f"tests: {passed} of {len(tests) - skipped} passed{waiting}")
