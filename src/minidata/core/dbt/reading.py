"""What the files of a dbt project say that minidata must know though it does not understand the project."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from minidata.core.dbt.files import PROFILE


def declared_in(texts: Iterable[str]) -> set[tuple[str, str]]:
    """Return the source's name and the table's for each that one of the property files *texts* declares."""
    found: set[tuple[str, str]] = set()
    for text in texts:
        for source in _mappings(_loosely(text).get("sources")):
            found |= {(str(source.get("name")), str(table.get("name"))) for table in _mappings(source.get("tables"))}
    return found


def model_folders(project: str) -> list[str]:
    """Return the folders of models that a project file says, dbt's own when it says none."""
    top = _loosely(project)
    said = top.get("model-paths") or top.get("source-paths")
    return [str(path).strip("/") for path in said] if isinstance(said, list) and said else ["models"]


def needs_row_count(properties: Iterable[str], macros: Iterable[str]) -> bool:
    """Whether the files have the test ``row_count``, which dbt has not, and no macro of the project's makes it."""
    own = any(re.search(r"\btest(_|\s+)row_count\b", text) for text in macros)
    return not own and any(re.search(r"\brow_count\b", text) for text in properties)


def profile_named(project: str) -> str:
    """Return the profile that a project file names, minidata's own when it names none."""
    return str(_loosely(project).get("profile") or PROFILE)


def _loosely(text: str) -> Mapping[str, Any]:
    """Return what a file says, nothing when it is no mapping: whether it is right is for dbt to say."""
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}
    return found if isinstance(found, dict) else {}


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
