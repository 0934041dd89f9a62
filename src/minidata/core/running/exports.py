"""What other schedulers are told about a project, and how words are spelled in their files."""

import json
import re
import shlex
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from minidata.core.errors import ConfigError
from minidata.core.modelling.models import Models
from minidata.core.modelling.reports import Report
from minidata.core.places import Place
from minidata.core.queries.sqltext import read_query

# Where a bucket is, the names by which its provider's own tools know the key to it.
_BUCKET_KEYS = {
    "s3": ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    "gs": ("GOOGLE_SERVICE_ACCOUNT_KEY",),
    "az": ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT_KEY"),
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Plan:
    """
    What is to be run, and when.

    *root* and *output* are folders, *program* is ``minidata`` itself: whole paths. *secrets* are names, *reports* those
    that can be answered from *sources*. With *only*, all else of the project is left alone.
    """

    name: str
    root: str
    output: str
    program: str
    schedule: str
    explained: str
    sources: tuple[str, ...]
    reports: tuple[str, ...]
    secrets: tuple[str, ...]
    only: bool
    store: str
    starts_engine: bool
    user: str

    def __post_init__(self) -> None:
        for path in (self.root, self.output, self.program):
            if _CONTROL.search(path):
                raise ConfigError(f"no scheduler takes a path like {path!r}", hint="move it to one without line breaks")

    @property
    def run(self) -> str:
        """The options of ``minidata run``."""
        return f" --source {self.sources[0]}" if self.only else ""


def in_bucket(store: str) -> bool:
    """Return whether the store with this URL is no folder of the machine's."""
    scheme, separator, _ = store.partition("://")
    return bool(separator) and scheme not in {"file", "memory"}


def bucket_secrets(store: str) -> tuple[str, ...]:
    """Return the names of the secrets that open the store with this URL; those of S3 where it is no bucket yet."""
    return _BUCKET_KEYS.get(store.partition("://")[0], _BUCKET_KEYS["s3"])


def answerable(
    reports: Iterable[Report], models: Models, sources: Collection[str], others: Collection[str]
) -> tuple[str, ...]:
    """Return the names of the *reports* that read nothing of the Sources *others*, through whichever models."""
    found = []
    for report in reports:
        reads = read_query(report.text, Place(report.path), models.known).refs
        schemas = {schema for name in _upstream(reads, models) for schema, _ in models.by_name[name].sources}
        if not schemas & (set(others) - set(sources)):
            found.append(report.name)
    return tuple(found)


def _upstream(names: Collection[str], models: Models) -> set[str]:
    """Return *names* and all models they are made of."""
    found: set[str] = set()
    rest = list(names)
    while rest:
        name = rest.pop()
        if name not in found:
            found.add(name)
            rest += models.by_name[name].refs
    return found


def python_word(value: str) -> str:
    """Spell *value* as Python, and ruff, write it; JSON's spelling of a text is Python's too."""
    return json.dumps(value, ensure_ascii=False)


def crontab_word(value: str) -> str:
    """Spell *value* for the shell within a crontab, where a percent sign would end the line."""
    return shlex.quote(value).replace("%", r"\%")


def unit_word(value: str) -> str:
    """Spell *value* as one word of a command, or of a list, in a unit of systemd."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def unit_program(value: str) -> str:
    """Spell *value* as the program that a unit starts. Raises ConfigError for a path that systemd would not take."""
    if set(value) & set("'\"\\"):
        raise ConfigError(f"systemd starts no program at {value}", hint="name one without quotes: --program PATH")
    escaped = value.replace("%", "%%")
    return f'"{escaped}"'


def unit_path(value: str) -> str:
    """Spell *value* as a unit's setting that is one path: quotes would be part of it."""
    return value.replace("%", "%%")


def github_schedule(schedule: str, weekdays: Collection[int]) -> str:
    """Return *schedule* for GitHub, where Sunday is never 7."""
    *fields, days = schedule.split()
    if "7" in days.partition("/")[0]:
        days = ",".join(map(str, sorted({day % 7 for day in weekdays})))
    return " ".join([*fields, days])


SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "python": python_word,
    "crontab": crontab_word,
    "unit": unit_word,
    "unit_program": unit_program,
    "unit_path": unit_path,
}
