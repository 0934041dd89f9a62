"""A model in several versions, each in a file of its own: ``ref('name')`` means the latest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from minidata.core.errors import UnknownName


@dataclass(frozen=True)
class Versions:
    """A model's versions: the name of the file of each, and the *latest*."""

    name: str
    latest: str
    files: Mapping[str, str] = field(default_factory=dict)

    def file(self, version: Any = None) -> str:
        """Return the name of the file of a version, of the latest where none is said. Raises UnknownName."""
        wanted = self.latest if version is None else str(version)
        if wanted not in self.files:
            raise UnknownName("version", wanted, self.files, hint=f"they are those of {self.name}")
        return self.files[wanted]
