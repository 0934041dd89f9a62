"""
A miniature data platform: HTTP APIs to tested, published Postgres tables.

The public names come from where they live when they are first asked for, so that ``import minidata`` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from minidata.adapters.project import Project
    from minidata.core.rows import Row
    from minidata.core.source import (
        ApiKey,
        Bearer,
        Cursor,
        NextCursor,
        NextUrl,
        PageNumber,
        SinglePage,
        Source,
        Stream,
    )

__version__ = "0.1.0"

__all__ = [
    "ApiKey",
    "Bearer",
    "Cursor",
    "NextCursor",
    "NextUrl",
    "PageNumber",
    "Project",
    "Row",
    "SinglePage",
    "Source",
    "Stream",
]

_ELSEWHERE = {"Project": "minidata.adapters.project", "Row": "minidata.core.rows"}


if not TYPE_CHECKING:  # else a type checker would believe in any name

    def __getattr__(name: str) -> Any:
        """Import the public *name* (PEP 562) and keep it, so that this is asked once."""
        if name not in __all__:
            raise AttributeError(f"module 'minidata' has no attribute {name!r}")
        value = getattr(import_module(_ELSEWHERE.get(name, "minidata.core.source")), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
