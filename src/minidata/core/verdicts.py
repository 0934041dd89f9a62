"""What a Run's pages, taken together, say about the Stream's settings: warnings, each with what to change."""

from minidata.core.gist import Gist
from minidata.core.source import Source, Stream


class Verdicts:
    """Looks at the pages of one chain, in their order, and remembers no more than the last one."""

    def __init__(self, source: Source, stream: Stream) -> None:
        self._source = source
        self._stream = stream

    def see(self, number: int, gist: Gist) -> None:
        """Take note of page *number* of the Run."""

    def say(self, ended: str) -> tuple[str, ...]:
        """Return the warnings, after the Walk *ended*."""
        return ()
