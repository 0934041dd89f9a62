"""The door to the project template: inside the wheel, or, in a source checkout, the repository's own root."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

# What a new project is made of, and what the wheel calls it: build tools and git look at names with a dot.
_FILES = {"minidata.toml": "minidata.toml", ".env.example": "env.example", ".gitignore": "gitignore"}
_FOLDERS = ("sql", "sources", "docker")
# The Dockerfile is not among them: its context is made by `minidata image build`.
_SUFFIXES = {".sql", ".yml", ".yaml", ".py", ".sh", ".csv", ".md"}
INIT_SCRIPT = "sql/init.sql"
_CHECKOUT = Path(__file__).parents[3]


def template_files() -> Iterator[tuple[str, bytes]]:
    """Yield each file of a new project: its path in the project, with slashes, and what is in it."""
    root, inside = _root()
    for name, stored in _FILES.items():
        yield name, (root / (stored if inside else name)).read_bytes()
    for path in _in_folders(root):
        if path.suffix in _SUFFIXES:
            yield path.relative_to(root).as_posix(), path.read_bytes()


def stored_files() -> Iterator[tuple[str, bytes]]:
    """Yield each file of the template as the wheel stores it: its path in the template, and what is in it."""
    root, inside = _root()
    for name, stored in _FILES.items():
        yield stored, (root / (stored if inside else name)).read_bytes()
    for path in _in_folders(root):
        yield path.relative_to(root).as_posix(), path.read_bytes()


def template_file(path: str) -> bytes:
    """Return one file of a new project."""
    return dict(template_files())[path]


def dockerfile() -> bytes:
    """Return the Dockerfile of minidata's image."""
    return (_root()[0] / "docker" / "Dockerfile").read_bytes()


def _root() -> tuple[Path, bool]:
    """Return where the template is, and whether it is stored in a wheel's way."""
    packaged = Path(str(files("minidata") / "template"))
    return (packaged, True) if packaged.is_dir() else (_CHECKOUT, False)


def _in_folders(root: Path) -> Iterator[Path]:
    for folder in _FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path
