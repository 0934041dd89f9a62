"""Building an image: the context goes in as one archive, what the engine says comes out line by line."""

import io
import re
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from docker.errors import APIError, ImageNotFound

import docker
from minidata.adapters.docker.client import asked, words
from minidata.adapters.docker.images import present
from minidata.core.errors import EngineError
from minidata.core.watch import Watch

# The engine is silent while a step of the build runs, which may download a lot.
_SECONDS = 900
_WIDE = 100  # a whole script is one step
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_STEP = re.compile(r"Step (\d+)/(\d+) : ")
_CHATTER = re.compile(r"(---> |Removing intermediate container |Successfully |\[Warning\] One or more build-args)")


@dataclass(frozen=True)
class Built:
    """An image: its *id*, and its *size* in bytes with all that it stands on."""

    id: str
    size: int


def build(  # noqa: PLR0913 - each is a fact of its own, given by name
    context: Iterable[tuple[str, bytes]],
    *,
    base: str,
    tag: str,
    args: Mapping[str, str],
    anew: bool,
    watch: Watch,
) -> Built:
    """
    Build the image *tag* from the Dockerfile in *context*, whose files are given as path and content.

    Its build arguments are *args*, and BASE, an image that is pulled only when it is not here. *anew* does without what
    earlier builds have left. The image that had the tag is removed unless something still uses it. Raises EngineError
    with the last line that the build wrote.
    """
    with asked(timeout=_SECONDS) as client:
        present(client, base, watch, otherwise="name another base that is here: `--base IMAGE`")
        before = _id(client, tag)
        said = _Said(tag, watch)
        for event in _events(client, _archive(context), tag, {**args, "BASE": base}, anew=anew):
            said.hear(event)
        image = client.images.get(tag)
        if before not in {None, image.id}:
            _forget(client, str(before))
        return Built(str(image.id), image.attrs["Size"])


def _events(
    client: docker.DockerClient, archive: bytes, tag: str, args: dict[str, str], *, anew: bool
) -> Iterator[Mapping[str, Any]]:
    try:
        yield from client.api.build(
            fileobj=io.BytesIO(archive),
            custom_context=True,
            tag=tag,
            buildargs=args,
            rm=True,
            forcerm=True,
            nocache=anew,
            pull=False,
            decode=True,
        )
    except (APIError, requests.RequestException) as exc:
        raise EngineError(f"the image {tag} cannot be built: {words(exc)}") from exc


@dataclass
class _Said:
    """What a build says: passed on to *watch*, its last line kept, since that is where a failure has its reason."""

    tag: str
    watch: Watch
    last: str = field(default="", init=False)

    def hear(self, event: Mapping[str, Any]) -> None:
        """Pass *event* on; raise EngineError when it is the end of a build that failed."""
        if "error" in event:
            why = self.last or " ".join(str(event["error"]).split())
            raise EngineError(f"the image {self.tag} cannot be built: {why}")
        for line in _COLOUR.sub("", str(event.get("stream", ""))).splitlines():
            self._line(" ".join(line.split()))

    def _line(self, line: str) -> None:
        if not line or _CHATTER.match(line):
            return
        step = _STEP.match(line)
        if step:
            self.watch.count(f"build {self.tag}", int(step[1]) - 1, int(step[2]))
        # What comes after a step is of that step.
        self.last = "" if step else line.removeprefix("ERROR: ")
        self.watch.note(line if len(line) <= _WIDE else f"{line[:_WIDE]} …")


def _archive(context: Iterable[tuple[str, bytes]]) -> bytes:
    """Return *context* as a tar: times and owners are left out, so that the engine knows equal files again."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, body in context:
            entry = tarfile.TarInfo(path)
            entry.mode = 0o644
            if path.endswith("/"):
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))
    return buffer.getvalue()


def _id(client: docker.DockerClient, tag: str) -> str | None:
    try:
        return client.images.get(tag).id
    except ImageNotFound:
        return None


def _forget(client: docker.DockerClient, image: str) -> None:
    """Remove what the tag meant before. Its layers stay with the engine, which needs them to build quickly."""
    try:
        client.images.remove(image, noprune=True)
    except (ImageNotFound, APIError):
        return  # a container uses it, or another tag
