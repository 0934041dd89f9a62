"""How it looks what dbt has built."""

from typing import TYPE_CHECKING

from minidata.cli.drawing.tables import draw
from minidata.cli.drawing.testing import draw_tests

if TYPE_CHECKING:
    from minidata.cli.desk import Desk
    from minidata.steps.dbt_runner import BuiltByDbt


def draw_built_by_dbt(desk: "Desk", facts: "BuiltByDbt") -> None:
    """Draw what became of the models, and the tests that did not pass."""
    rows = [
        (one.name, one.status, one.rows, f"{one.seconds:.2f} s" if one.seconds else "", one.relation or "")
        for one in facts.models
    ]
    draw(desk, ("model", "status", "rows", "time", "relation"), rows)
    for model in facts.models:
        if model.exit_code:
            desk.fail(f"{model.name}: {model.message}", "")
    draw_tests(desk, facts.tests)
    desk.out.print(f"built by dbt {facts.version} in {facts.schema}; nothing is published")
