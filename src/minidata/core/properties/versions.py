"""
Versions of a model: one entry of a file of properties that is about several files, ``name_v1.sql`` and ``name_v2.sql``.

What is said of the model is said of each version, which may say otherwise.
"""

from collections.abc import Collection, Iterator
from typing import Any

from minidata.core.dialect.folders import merged
from minidata.core.dialect.versions import Versions
from minidata.core.errors import ConfigError, UnknownName
from minidata.core.yamltext import Entry

_KEYS = ("v", "defined_in", "description", "config", "columns", "data_tests", "tests", "docs", "access",
         "deprecation_date", "constraints", "meta")  # fmt: skip


def versions_of(model: Entry, there: Collection[str] = ()) -> Versions | None:
    """
    Return the versions that an entry of ``models`` has; None for a model without. Raises ConfigError, UnknownName.

    *there* are the names of the files that there are: that of the latest need not say its version.
    """
    if not model.get("versions"):
        return None
    name = model.text("name")
    files: dict[str, str] = {}
    for one in model.entries("versions"):
        one.check_keys("a version", _KEYS)
        version = _version(one)
        if version in files:
            raise ConfigError(f"{one.place}: the version {version} of {name} is there twice")
        files[version] = one.text("defined_in", f"{name}_v{version}")
    latest = str(model["latest_version"]) if model.get("latest_version") is not None else max(files, key=_order)
    if latest not in files:
        raise UnknownName("version", latest, files, where=str(model.places["latest_version"]))
    if files[latest] not in there and name in there:
        files[latest] = name
    return Versions(name, latest, files)


def apart(model: Entry, versions: Versions) -> Iterator[Entry]:
    """Yield an entry for each version, as if each were a model of its own, named as its file."""
    for one in model.entries("versions"):
        version = _version(one)
        entry = Entry(one.place, one.tell)
        entry.places = {**model.places, **one.places}
        entry |= {key: value for key, value in model.items() if key not in {"versions", "latest_version"}}
        entry |= {key: value for key, value in one.items() if key not in {"v", "defined_in"}}
        # Tests are said anew under either of their names.
        for mine, other in (("tests", "data_tests"), ("data_tests", "tests")):
            if mine in one and other not in one:
                entry.pop(other, None)
        entry["name"] = versions.files[version]
        config = Entry(one.place, one.tell)
        config |= merged([model.entry("config"), one.entry("config")])
        entry["config"] = config
        entry["columns"] = list(_columns(model, one))
        yield entry


def _version(one: Entry) -> str:
    if not isinstance(one.get("v"), int | float | str):
        raise ConfigError(f"{one.place}: a version needs its v, such as v: 1")
    return str(one["v"])


def _order(version: str) -> tuple[int, float, str]:
    """Return what versions are ordered by: numbers before words."""
    try:
        return 0, float(version), ""
    except ValueError:
        return 1, 0.0, version


def _columns(model: Entry, one: Entry) -> Iterator[Entry]:
    """Yield the columns of a version: those of the model that it includes, and its own."""
    own = one.entries("columns")
    said = {column.get("name") for column in own}
    including = next((column for column in own if "include" in column), None)
    for column in model.entries("columns"):
        name = column.get("name")
        if name not in said and (including is None or _is_included(name, including)):
            yield column
    yield from (column for column in own if "include" not in column)


def _is_included(name: Any, including: Entry) -> bool:
    included: Any = including["include"]
    return (included in ("all", "*") or name in included) and name not in including.items_of("exclude")
