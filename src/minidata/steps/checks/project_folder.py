"""The project folder: its settings, and who may read what is secret in it."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from minidata.adapters.project import DBT_MARKER
from minidata.adapters.template import INIT_SCRIPT
from minidata.core.findings import Finding, ok, problem, warning
from minidata.core.settings import Settings
from minidata.steps.checks.patient import Check, Patient

_GROUP = stat.S_IRGRP | stat.S_IWGRP
_OTHERS = stat.S_IROTH | stat.S_IWOTH


def settings(patient: Patient) -> Iterator[Finding]:
    """Whether all settings can be read, and how many differ from the default."""
    project = patient.project
    given = [
        f"{section}.{key}"
        for section in Settings.model_fields
        for key in getattr(type(getattr(project.settings, section)), "model_fields", {})
        if project.origin(section, key) != "default"
    ]
    yield ok("settings", f"{project.root / 'minidata.toml'}: {len(given)} settings are not the default")


def sql(patient: Patient) -> Iterator[Finding]:
    """Whether the script is there that makes roles and schemas."""
    path = patient.project.root / INIT_SCRIPT
    if path.is_file() or (patient.project.root / DBT_MARKER).is_file():
        yield ok("init.sql", "there")
    else:
        yield problem("init.sql", f"{path} is not there", "`minidata init` in a new folder writes one: copy it")


def permissions(patient: Patient) -> Iterator[Finding]:
    """Whether others may read what is meant for the user alone."""
    if os.name == "nt":
        # Rights there are no bits of a mode.
        return
    root = patient.project.root
    paths = [root / ".env", root / ".minidata", *sorted((root / ".minidata").glob("*.json*"))]
    found = [finding for path in paths if path.exists() for finding in _too_open(path)]
    yield from found or [ok("permissions", ".env and .minidata are for their owner alone")]


def _too_open(path: Path) -> Iterator[Finding]:
    mode = path.stat().st_mode
    mend = f"chmod go-rw '{path}'"
    if mode & _OTHERS:
        yield problem("permissions", f"everybody on this machine may read or write {path}", mend)
    elif mode & _GROUP:
        yield warning("permissions", f"the group may read or write {path}", mend)


CHECKS = (Check("settings", settings), Check("init.sql", sql), Check("permissions", permissions))
