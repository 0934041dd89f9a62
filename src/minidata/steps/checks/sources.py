"""What the user has written: whether Sources and models can be understood, and whether their secrets are set."""

from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

from minidata.adapters.models import read_model_files
from minidata.adapters.project.importing import imported, sources_in
from minidata.core.errors import ConfigError
from minidata.core.findings import Finding, ok, problem, trouble
from minidata.core.names import MAX_BYTES
from minidata.core.source import Source, secrets_of
from minidata.steps.checks.patient import Check, Patient
from minidata.steps.models import project_models


def importable(patient: Patient) -> Iterator[Finding]:
    """Whether each file has Sources, all of names of their own. A file that fails does not hide the others."""
    owners = dict.fromkeys(patient.built_in, "minidata")
    found: list[Finding] = []
    for path in sorted((patient.project.root / "sources").glob("*.py")):
        found += _file(path, owners)
    yield from found
    if not found:
        own = len(owners) - len(patient.built_in)
        yield ok("sources", f"{len(patient.built_in)} built in, {own} of the project's own, {_installed()} installed")


def names(patient: Patient) -> Iterator[Finding]:
    """
    How long the longest of the names is that Postgres is given: it would cut one of more than 63 bytes.

    None can be: a Source with such a name is refused where it is made, so that importable() tells of it.
    """
    longest = max(_names(patient), key=lambda one: len(one.encode()))
    yield ok("names", f"the longest is {longest}, {len(longest.encode())} of {MAX_BYTES} bytes")


def models(patient: Patient) -> Iterator[Finding]:
    """Whether the SQL models and their tests can be understood; they are not run."""
    project = patient.project
    if not read_model_files(project.root).models:
        yield ok("models", "there are none")
        return
    found = project_models(project, {})
    yield ok("models", f"{len(found.by_name)} models, {len(found.tests)} tests")


def secrets(patient: Patient) -> Iterator[Finding]:
    """Whether the secret of each Source is set; its value is not told, nor how long it is."""
    wanted = secrets_of(_all(patient).values())
    missing = False
    for name, users in wanted.items():
        try:
            patient.project.secret(name)
        except ConfigError as exc:
            missing = True
            yield problem("secrets", f"{exc}; source {', '.join(users)} needs it", exc.hint)
    if not missing:
        yield ok("secrets", f"set: {', '.join(wanted)}" if wanted else "no source needs one")


def _names(patient: Patient) -> Iterator[str]:
    for source in _all(patient).values():
        yield source.name
        for stream in source.streams:
            yield stream.name
            yield from (column.name for column in stream.columns)


def _all(patient: Patient) -> dict[str, Source]:
    return {**patient.built_in, **patient.project.sources}


def _file(path: Path, owners: dict[str, str]) -> Iterator[Finding]:
    try:
        for name in sources_in(imported(path), str(path)):
            if name in owners:
                yield problem("sources", f"{path}: {owners[name]} has a source {name!r} too", "give it another name")
            owners.setdefault(name, str(path))
    except ConfigError as exc:
        yield trouble("sources", exc)


def _installed() -> int:
    return len(entry_points(group="minidata.sources"))


CHECKS = (
    Check("sources", importable),
    Check("names", names, needs=("sources",)),
    Check("models", models, needs=("settings",)),
    Check("secrets", secrets, needs=("settings", "sources")),
)
