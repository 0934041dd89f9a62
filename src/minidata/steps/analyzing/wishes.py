"""What is wished for of an analyze, and which models and tests that means."""

from collections.abc import Sequence
from dataclasses import dataclass

from minidata.core.modelling.choosing import Choice, chosen
from minidata.core.modelling.models import Models
from minidata.core.watch import Watch
from minidata.steps.analyzing.planning import Plan


@dataclass(frozen=True)
class Wishes:
    """
    How an analyze is to go: which models (*select*, *exclude*), how many *threads*, all of them anew (*full_refresh*).

    With *fail_fast* the first failure ends it; without *publish* nothing is shown to readers.
    """

    select: Sequence[str] = ()
    exclude: Sequence[str] = ()
    threads: int | None = None
    full_refresh: bool = False
    fail_fast: bool = False
    publish: bool = True

    def options(self) -> list[str]:
        """Return them as options of the command."""
        said = {"--full-refresh": self.full_refresh, "--fail-fast": self.fail_fast, "--no-publish": not self.publish}
        return [
            *(f"--select={one}" for one in self.select),
            *(f"--exclude={one}" for one in self.exclude),
            *([f"--threads={self.threads}"] if self.threads else []),
            *(option for option, is_said in said.items() if is_said),
        ]


def choose(plan: Plan, models: Models, wishes: Wishes, folder: str, watch: Watch) -> Choice:
    """
    Let *plan* be of what is wished for alone, and return all of that; people are told what they should know of it.

    *folder* is the one that has the models, seen from the project. Raises ConfigError and UnknownName.
    """
    choice = chosen(models, wishes.select, wishes.exclude, live=plan.live, decisions=plan.decisions, folder=folder)
    for line in choice.notes:
        watch.note(line)
    plan.choose(choice.models, full_refresh=wishes.full_refresh)
    return choice
