"""
Who a project is: an id that stays when its folder is moved, and that a copy of the folder does not share.

What Docker keeps for a project carries the id as its label. It is kept in .minidata/project.json with where the folder
was; a folder somewhere else whose old place still says the same is a copy.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from minidata.adapters.project.project import Project

_STATE = "project"


@dataclass(frozen=True)
class Identity:
    """A project's *id*; *copy_of* is the folder that its own was copied from, and whose id it had until now."""

    id: str
    copy_of: Path | None = None


def identity(project: Project) -> Identity:
    """Return who *project* is, writing nothing; a copy is somebody new each time until settle() is called."""
    kept = project.read_state(_STATE)
    if not kept:
        return Identity(_first_id(project))
    there = Path(kept["root"])
    if there != project.root and _is_twin(there, kept["id"], project.root):
        return Identity(secrets.token_hex(4), copy_of=there)
    return Identity(kept["id"])


def settle(project: Project) -> Identity:
    """Return who *project* is, and write it down; call it with the lock ``engine`` held."""
    found = identity(project)
    now = {"id": found.id, "root": str(project.root)}
    if project.read_state(_STATE) != now:
        project.write_state(_STATE, now)
    return found


def _first_id(project: Project) -> str:
    """Return the same each time, also when .minidata/ is lost, and another where a project was moved away."""
    told = str(project.root)
    # With an engine and no id it is of the time when the place alone was the id.
    if not project.read_state("engine"):
        told += f"\0{project.root.stat().st_ino}"
    return hashlib.sha256(told.encode()).hexdigest()[:8]


def _is_twin(there: Path, ident: str, here: Path) -> bool:
    try:
        kept = json.loads((there / ".minidata" / f"{_STATE}.json").read_bytes())
        return bool(kept["id"] == ident) and not there.samefile(here)
    except (OSError, ValueError, KeyError, TypeError):
        return False
