"""Diagrams of what leads to what, as text for Mermaid and for Graphviz; nothing in a name is markup there."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from minidata.core.printable import printable

Shape = Literal["table", "source", "field"]
# Mermaid reads a label as Markdown and as HTML; it spells any sign as #number;.
_MARKUP = re.compile(r"[^\w .,:()\[\]/+-]|^[-+\d]")
_MERMAID: Mapping[Shape, tuple[str, str]] = {"table": ("[", "]"), "source": ("[(", ")]"), "field": ("(", ")")}
_DOT: Mapping[Shape, str] = {"table": "box", "source": "cylinder", "field": "plain"}


@dataclass(frozen=True)
class Box:
    """A box that is drawn: what is written in it, and its *shape*; *chosen* when it is what was asked for."""

    label: str
    shape: Shape = "table"
    chosen: bool = False


@dataclass(frozen=True)
class Diagram:
    """Boxes by their keys, and arrows between them, *dotted* where something else is made of what goes along."""

    boxes: Mapping[str, Box]
    arrows: Sequence[tuple[str, str]]
    dotted: frozenset[tuple[str, str]] = frozenset()


def mermaid(diagram: Diagram) -> str:
    """Return the diagram as Mermaid's flowchart, which GitHub draws in Markdown."""
    ids = _ids(diagram.boxes)
    lines = ["flowchart LR"]
    for key, box in diagram.boxes.items():
        left, right = _MERMAID[box.shape]
        lines.append(f'  {ids[key]}{left}"{_escaped(box.label)}"{right}' + (":::chosen" if box.chosen else ""))
    for start, end in diagram.arrows:
        arrow = "-.->" if (start, end) in diagram.dotted else "-->"
        lines.append(f"  {ids[start]} {arrow} {ids[end]}")
    if any(box.chosen for box in diagram.boxes.values()):
        lines.append("  classDef chosen stroke-width:3px")
    return "\n".join([*lines, ""])


def dot(diagram: Diagram) -> str:
    """Return the diagram for Graphviz's ``dot``."""
    ids = _ids(diagram.boxes)
    lines = ["digraph lineage {", "  rankdir=LR", "  node [fontname=Helvetica]"]
    for key, box in diagram.boxes.items():
        pen = ", penwidth=3" if box.chosen else ""
        lines.append(f"  {ids[key]} [label={_quoted(box.label)}, shape={_DOT[box.shape]}{pen}]")
    for start, end in diagram.arrows:
        style = " [style=dotted]" if (start, end) in diagram.dotted else ""
        lines.append(f"  {ids[start]} -> {ids[end]}{style}")
    return "\n".join([*lines, "}", ""])


def _ids(keys: Iterable[str]) -> Mapping[str, str]:
    # No name is one itself: "end", for one, is a word of Mermaid's.
    return {key: f"n{number}" for number, key in enumerate(keys)}


def _escaped(label: str) -> str:
    return _MARKUP.sub(lambda sign: f"#{ord(sign[0])};", printable(label))


def _quoted(label: str) -> str:
    escaped = printable(label).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
