"""How secrets look: by their names alone."""

from typing import TYPE_CHECKING

from minidata.cli.drawing.tables import draw

if TYPE_CHECKING:
    from minidata.cli.desk import Desk
    from minidata.steps.secrets import Secrets, SecretSet


def draw_secrets(desk: "Desk", facts: "Secrets") -> None:
    """Draw where each secret is, and tell what is wrong with it."""
    if not facts.secrets:
        desk.note("no Source and no setting needs a secret")
        return
    rows = [(one.name, ", ".join(one.needed_by), one.place or "") for one in facts.secrets]
    draw(desk, ("secret", "needed by", "found in"), rows)
    for one in facts.secrets:
        if one.problem and (facts.checked or one.place):
            desk.note(f"{one.name}: {one.problem}")
        if one.warning:
            desk.note(f"warning: {one.name} {one.warning}")


def draw_set(desk: "Desk", facts: "SecretSet") -> None:
    """Say where the secret is kept, and what hides it there."""
    desk.note(f"{facts.name} is kept in {facts.place}")
    if facts.hidden_by:
        desk.note(f"warning: the {facts.hidden_by} has another value of {facts.name}, and is asked first")
