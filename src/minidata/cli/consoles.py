"""rich's console, less one habit: when a pipe is closed it ends the program itself, with an exit code of its own."""

from rich.console import Console


class Data(Console):
    """A console for data: a reader who has had enough is told to the desk, where it ends like anything else."""

    def on_broken_pipe(self) -> None:
        """Raise BrokenPipeError again, which rich has caught."""
        raise BrokenPipeError
