"""How it looks how tests went."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from minidata.core.printable import printable

if TYPE_CHECKING:
    from minidata.cli.desk import Desk
    from minidata.steps.test import Tested
    from minidata.steps.testing.outcomes import TestOutcome


def draw_tested(desk: "Desk", facts: "Tested") -> None:
    """Draw the tests that did not pass, and how many did."""
    draw_tests(desk, facts.tests)
    if not facts.tests:
        desk.out.print("there are no such tests")


def draw_tests(desk: "Desk", tests: "Sequence[TestOutcome]") -> None:
    """Draw those that did not pass, and how many did."""
    passed = sum(test.status == "pass" for test in tests)
    for test in tests:
        if test.status in {"fail", "warn", "broken"}:
            _draw_failure(desk, test)
    if tests:
        skipped = sum(test.status == "skipped" for test in tests)
        warned = sum(test.status == "warn" for test in tests)
        kept = sum(test.kept for test in tests)
        more = f" ({kept} earlier, over the same rows)" if kept else ""
        more += f", {warned} warned" if warned else ""
        more += f", {skipped} skipped: what they read is not there" if skipped else ""
        desk.out.print(f"tests: {passed} of {len(tests) - skipped} passed{more}")


def _draw_failure(desk: "Desk", test: "TestOutcome") -> None:
    words, *table = test.message.splitlines() or [f"{test.failures:,} rows break it"]
    kind = "unit test" if test.kind == "unit" else "test"
    on = f" on {test.about}" if test.about else ""
    line = f"{kind} {test.name}{on}: {words}"
    hint = f'minidata query "{test.look}"' if test.look else ""
    if test.status == "warn":
        desk.note(f"warning: {line}")
        if hint:
            desk.note(f"hint: {hint}")
    else:
        desk.fail(line, hint)
    for row in table:
        desk.out.print(printable(row))
