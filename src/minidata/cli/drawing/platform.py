"""How it looks what runs."""

from typing import TYPE_CHECKING

from minidata.cli.drawing.analyzing import draw_analyzed
from minidata.cli.drawing.pipeline import draw_loaded

if TYPE_CHECKING:
    from minidata.cli.desk import Desk
    from minidata.steps.down import Down
    from minidata.steps.up import Up
    from minidata.steps.upgrade import Upgraded


def draw_up(desk: "Desk", facts: "Up") -> None:
    """Say what answers, and where."""
    desk.out.print(f"Postgres {facts.version} {'is up' if facts.started else 'was up already'}: {facts.where}")


def draw_upgraded(desk: "Desk", facts: "Upgraded") -> None:
    """Say what answers, how the new database was filled, and where the old one is."""
    draw_up(desk, facts.up)
    if facts.was is None:
        desk.out.print("its data is of this version: nothing to upgrade")
        return
    if facts.loaded:
        draw_loaded(desk, facts.loaded)
    if facts.analyzed:
        draw_analyzed(desk, facts.analyzed)
    desk.out.print(
        f"the data of Postgres {facts.was} is kept" + (f"; `{facts.remove}` removes it" if facts.remove else "")
    )


def draw_down(desk: "Desk", facts: "Down") -> None:
    """Say what was stopped."""
    stopped = " ".join(filter(None, (facts.kind, "Postgres stopped"))) if facts.stopped else "nothing was running"
    desk.out.print(stopped + (", its data removed" if facts.removed_data else ", data kept" if facts.stopped else ""))
