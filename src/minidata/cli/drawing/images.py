"""How it looks what was built."""

from typing import TYPE_CHECKING

from minidata.cli.drawing.tables import draw

if TYPE_CHECKING:
    from minidata.cli.desk import Desk
    from minidata.steps.image import ImageBuilt


def draw_built(desk: "Desk", facts: "ImageBuilt") -> None:
    """Draw the image: what it is called, how large it is, what it stands on."""
    size = f"{facts.size / 1e6:,.0f} MB"
    draw(desk, ("image", "id", "size", "base"), [(facts.tag, facts.id[:19], size, facts.base)])
