"""How a new project and its settings look."""

from typing import TYPE_CHECKING

from minidata.cli.drawing.tables import draw

if TYPE_CHECKING:
    from minidata.cli.desk import Desk
    from minidata.steps.config import Config
    from minidata.steps.init import Initialised


def draw_initialised(desk: "Desk", facts: "Initialised") -> None:
    """Say what was written, and what to do next."""
    desk.out.print(f"project {facts.name} in {facts.folder}: {len(facts.written)} files")
    for path in facts.kept:
        desk.note(f"kept {path}, which was there")
    desk.note("next: cd there, then `minidata demo`")


def draw_config(desk: "Desk", facts: "Config") -> None:
    """Draw every setting."""
    rows = [(setting.name, setting.value, setting.origin) for setting in facts.settings]
    draw(desk, ("setting", "value", "from"), rows)
