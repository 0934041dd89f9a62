"""Places in files, for messages: a file and a line, and the line as written of a line that was rendered."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A file of the project, by its *path* seen from there, and a line counted from 1, when it is known."""

    path: str
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path

    def at(self, line: int) -> "Place":
        """Return the place of *line* of the text that came from here; this one says it already."""
        return self if self.line else Place(self.path, line)


@dataclass(frozen=True, slots=True)
class Rendered(Place):
    """A file that was *written* as a template; its lines are those of the *text* it was rendered to."""

    written: str = ""
    text: str = ""

    def at(self, line: int) -> Place:
        """
        Return where *line* of the rendered text was written.

        A loop or a macro moves lines. Then the line is known when the same words are written just once.
        """
        written, rendered = self.written.splitlines(), self.text.splitlines()
        if len(written) == len(rendered):
            return Place(self.path, line)
        wanted = rendered[line - 1].strip() if line <= len(rendered) else ""
        same = [number for number, words in enumerate(written, start=1) if words.strip() == wanted]
        return Place(self.path, same[0] if len(same) == 1 else None)
