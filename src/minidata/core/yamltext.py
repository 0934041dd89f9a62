"""YAML as people mean it: no key twice, no dates or objects made of plain words, and every mapping knows its lines."""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, ClassVar

import yaml

from minidata.core.errors import ConfigError, UnknownName
from minidata.core.places import Place

Tell = Callable[[str], None]


class Entry(dict[str, Any]):
    """
    A mapping of a YAML file, with its *place* and those of its keys.

    With *tell* what is wrong and harms nobody is told there, and passed over.
    """

    def __init__(self, place: Place, tell: Tell | None = None) -> None:
        super().__init__()
        self.place = place
        self.places: dict[str, Place] = {}
        self.tell = tell

    def check_keys(self, what: str, allowed: Collection[str]) -> None:
        """Raise UnknownName for a key that *what* does not have, or tell of it."""
        for key in self:
            if key not in allowed:
                self.object_to(UnknownName(f"key of {what}", key, allowed, where=str(self.places[key])))

    def object_to(self, error: ConfigError) -> None:
        """Raise *error*, or tell of it."""
        if self.tell is None:
            raise error
        self.tell(str(error))

    def text(self, key: str, default: str | None = None) -> str:
        """Return the text under *key*; raise ConfigError when there is none and no *default*, or something else."""
        value = default if self.get(key) is None else self[key]
        if not isinstance(value, str):
            found = "is missing" if value is None else f"is {value!r}"
            raise ConfigError(f"{self.places.get(key, self.place)}: {key} must be text and {found}")
        return value.strip()

    def entries(self, key: str) -> list["Entry"]:
        """Return the mappings in the list under *key*; empty when there is none."""
        found = self.items_of(key)
        for one in found:
            if not isinstance(one, Entry):
                raise ConfigError(f"{self.places[key]}: each of {key} must be a mapping, such as - name: …")
        return found

    def items_of(self, key: str) -> list[Any]:
        """Return the list under *key*; empty when there is none. Raises ConfigError when it is something else."""
        value = self.get(key)
        if value is not None and not isinstance(value, list):
            raise ConfigError(f"{self.places[key]}: {key} must be a list")
        return value or []

    def entry(self, key: str) -> "Entry":
        """Return the mapping under *key*; an empty one when there is none. Raises ConfigError for something else."""
        value = self.get(key)
        if value is None:
            return Entry(self.place, self.tell)
        if not isinstance(value, Entry):
            raise ConfigError(f"{self.places[key]}: {key} must be a mapping")
        return value


def read_yaml(text: str, path: str, tell: Tell | None = None) -> Entry:
    """Return what the file at *path* says, at its top a mapping. Raises ConfigError, naming file and line."""
    try:
        found = _Loader(text, path, tell).get_single_data()
    except yaml.MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else None
        raise ConfigError(f"{Place(path, line)}: {exc.problem}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as exc:
        raise ConfigError(f"{path}: it is no YAML: {' '.join(str(exc).split())}") from None
    if found is None:
        return Entry(Place(path))
    if not isinstance(found, Entry):
        raise ConfigError(f"{path}: it must be a mapping", hint="begin it with version: 2")
    return found


if TYPE_CHECKING:
    _SafeLoader = yaml.SafeLoader
else:
    # In C where there is one: a tenth of the time.
    _SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):
    """Reads the text of the file at *path*."""

    def __init__(self, text: str, path: str, tell: Tell | None) -> None:
        super().__init__(text)
        self.path = path
        self.tell = tell

    def construct_entry(self, node: yaml.MappingNode) -> Entry:
        """Make a mapping that knows its lines; raise ConfigError for a key that is there twice or is no text."""
        self.flatten_mapping(node)
        entry = Entry(self._place(node), self.tell)
        for key_node, value_node in node.value:
            key, place = self.construct_object(key_node, deep=True), self._place(key_node)
            if not isinstance(key, str):
                raise ConfigError(f"{place}: the key {key!r} must be text")
            if key in entry:
                raise ConfigError(f"{place}: the key {key!r} is there twice")
            entry[key] = self.construct_object(value_node, deep=True)
            entry.places[key] = place
        return entry

    def _place(self, node: yaml.Node) -> Place:
        return Place(self.path, node.start_mark.line + 1)

    # A date in a list of values is meant as its text.
    yaml_constructors: ClassVar[dict[str | None, Any]] = {
        **yaml.SafeLoader.yaml_constructors,
        "tag:yaml.org,2002:map": construct_entry,
        "tag:yaml.org,2002:timestamp": yaml.SafeLoader.construct_yaml_str,
    }
