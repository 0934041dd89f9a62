"""How it looks what doctor found, and what was run."""

from typing import TYPE_CHECKING

from minidata.cli.drawing.tables import draw
from minidata.core.wording import excerpt

if TYPE_CHECKING:
    from minidata.cli.desk import Desk
    from minidata.steps.doctor import Diagnosis
    from minidata.steps.history import Ended, History

_WIDEST = 60


def draw_diagnosis(desk: "Desk", facts: "Diagnosis") -> None:
    """Draw each finding, and what mends it on a line below."""
    states = [finding.state for finding in facts.findings]
    rows: list[tuple[str, str, str]] = []
    for finding in facts.findings:
        rows.append((finding.state, finding.name, finding.what))
        if finding.mend:
            rows.append(("", "", f"-> {finding.mend}"))
    draw(desk, ("", "looked at", "found"), rows)
    desk.out.print(
        f"\nproblems: {states.count('problem')}, warnings: {states.count('warning')}, well: {states.count('ok')}"
    )


def draw_history(desk: "Desk", facts: "History") -> None:
    """Draw each command, the last one last."""
    if not facts.commands:
        desk.note("nothing was run here yet")
        return
    head = ("when (UTC)", "command", "took", "ended", "what came of it")
    draw(desk, head, [_command(one) for one in facts.commands])
    if facts.older:
        desk.note(f"{facts.older:,} older ones: -n {facts.older + len(facts.commands)} shows all")


def _command(one: "Ended") -> tuple[str, str, str, str, str]:
    command = excerpt(" ".join((one.verb, *one.arguments)), _WIDEST)
    return (f"{one.at:%Y-%m-%d %H:%M:%S}", command, took(one.seconds), one.ending, one.outcome)


def took(seconds: float | None) -> str:
    """Return how long something took, "" when that is not known."""
    return "" if seconds is None else f"{seconds:,.1f} s"
