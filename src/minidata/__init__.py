"""
A miniature data platform: HTTP APIs to tested, published Postgres tables.

The public names come from where they live when they are first asked for, so that ``import minidata`` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from minidata.adapters.project import Project
    from minidata.core.auths import ApiKey, Basic, Bearer, OAuth2, SignedBy
    from minidata.core.exchange import Ask
    from minidata.core.pages import AskedBy, LinkHeader, NextCursor, NextUrl, Offset, PageNumber, SinglePage
    from minidata.core.rows import Child, Row
    from minidata.core.source import Cursor, Deleted, ErrorIf, Parent, Source, Stream

__version__ = "0.1.0"

__all__ = [
    "ApiKey",
    "Ask",
    "AskedBy",
    "Basic",
    "Bearer",
    "Child",
    "Cursor",
    "Deleted",
    "ErrorIf",
    "LinkHeader",
    "NextCursor",
    "NextUrl",
    "OAuth2",
    "Offset",
    "PageNumber",
    "Parent",
    "Project",
    "Row",
    "SignedBy",
    "SinglePage",
    "Source",
    "Stream",
]

_HOMES = {
    "minidata.adapters.project": ("Project",),
    "minidata.core.auths": ("ApiKey", "Basic", "Bearer", "OAuth2", "SignedBy"),
    "minidata.core.exchange": ("Ask",),
    "minidata.core.pages": ("AskedBy", "LinkHeader", "NextCursor", "NextUrl", "Offset", "PageNumber", "SinglePage"),
    "minidata.core.rows": ("Child", "Row"),
    "minidata.core.source": ("Cursor", "Deleted", "ErrorIf", "Parent", "Source", "Stream"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


if not TYPE_CHECKING:  # else a type checker would believe in any name

    def __getattr__(name: str) -> Any:
        """Import the public *name* (PEP 562) and keep it, so that this is asked once."""
        if name not in __all__:
            raise AttributeError(f"module 'minidata' has no attribute {name!r}")
        value = getattr(import_module(_HOME[name]), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
