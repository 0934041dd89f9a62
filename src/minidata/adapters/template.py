"""The door to the project template: inside the wheel, or, in a source checkout, the repository's own root."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

# What a new project is made of, and what the wheel calls it: build tools and git look at names with a dot.
_FILES = {"minidata.toml": "minidata.toml", ".env.example": "env.example", ".gitignore": "gitignore"}
_FOLDERS = ("sql", "sources")
_CHECKOUT = Path(__file__).parents[3]


def template_files() -> Iterator[tuple[str, bytes]]:
    """Yield each file of a new project: its path in the project, with slashes, and what is in it."""
    packaged = Path(str(files("minidata") / "template"))
    root, inside = (packaged, True) if packaged.is_dir() else (_CHECKOUT, False)
    for name, stored in _FILES.items():
        yield name, (root / (stored if inside else name)).read_bytes()
    for folder in _FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and path.suffix in {".sql", ".yml", ".py"}:
                yield path.relative_to(root).as_posix(), path.read_bytes()
