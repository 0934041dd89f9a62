"""Progress for the one who waits: lines for notes, and on a terminal a bar for what is counted."""

import os
import sys
import time
from collections.abc import Callable

import typer
from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.text import Text

from minidata.core.watch import PROGRESS, Count

_SECONDS = 0.2


class _Pace(ProgressColumn):
    """How much was done in each second lately."""

    def render(self, task: Task) -> Text:
        """Return it as text; nothing while it is not known."""
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


class Progress:
    """A Watch that draws on *console*, which is stderr's. Where that is no terminal, only notes are told."""

    def __init__(self, console: Console, tell: Callable[[str], None]) -> None:
        self.console = console
        self.tell = tell
        self.bars: Bars | None = None
        self.tasks: dict[str, TaskID] = {}
        self.told = 0.0

    def note(self, line: str) -> None:
        """Print *line* above the bars."""
        self.tell(line)

    def count(self, what: str, done: int, total: int | None = None) -> None:
        """Draw how far *what* has come."""
        if os.environ.get(PROGRESS):
            self._tell_seldom(Count(what, done, total))
        if not sys.stderr.isatty():
            return
        if self.bars is None:
            self.bars = self._started()
        if what not in self.tasks:
            self.tasks[what] = self.bars.add_task(what, total=total)
        self.bars.update(self.tasks[what], completed=done, total=total)

    def _tell_seldom(self, count: Count) -> None:
        now = time.monotonic()
        if now - self.told >= _SECONDS:
            self.told = now
            typer.echo(count.line(), err=True)

    def close(self) -> None:
        """Take the bars away; what they said comes back as facts."""
        if self.bars is not None:
            self.bars.stop()
            self.bars = None
            self.tasks = {}

    def _started(self) -> Bars:
        bars = Bars(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TextColumn("{task.completed:,}"),
            _Pace(),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
        )
        bars.start()
        return bars
