"""What the Postgres in a container has written: it goes to the container's stdout and stderr."""

from collections.abc import Iterable, Iterator

from minidata.adapters.docker.client import asked
from minidata.adapters.docker.engine import PROJECT
from minidata.core.errors import EngineDown


def container_log(project: str, newest: int, *, follow: bool) -> Iterator[bytes]:
    """
    Yield the *newest* lines that the container labelled *project* has written, with *follow* also those to come.

    Following ends when the container does. Raises EngineDown when there is none, EngineError when Docker refuses.
    """
    with asked() as client:
        found = client.containers.list(all=True, filters={"label": f"{PROJECT}={project}"}, ignore_removed=True)
        if not found:
            raise EngineDown("the container of this project is not there, and its log went with it")
        coming = found[0].logs(stream=True, follow=follow, tail=newest)
        try:
            yield from _lines(coming)
        finally:
            coming.close()


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield whole lines out of *pieces*, which the engine cuts where it likes."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
    if rest:
        yield rest
