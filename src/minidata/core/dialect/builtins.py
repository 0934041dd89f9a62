"""What is built into templates beside macros: dbt's functions and values, for one thing that is rendered."""

import itertools
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from types import SimpleNamespace
from typing import Any, NoReturn
from uuid import NAMESPACE_OID, uuid5
from zoneinfo import ZoneInfo

import yaml

from minidata.core.dialect.answers import Table, Warehouse
from minidata.core.dialect.jinja import Returned, SqlFile, compiled
from minidata.core.dialect.names import Everything, Names
from minidata.core.dialect.relation import Columns, Relation
from minidata.core.dialect.variables import NOTHING, Outside
from minidata.core.dialect.words import ELSEWHERE
from minidata.core.errors import ConfigError
from minidata.core.queries.relations import Source, quoted

# The dbt whose dialect this is.
VERSION = "1.11.0"


@dataclass
class Notes:
    """What a template names while it is rendered; *late* when it wants to know what is in the database."""

    refs: set[str] = field(default_factory=set)
    sources: set[Source] = field(default_factory=set)
    config: dict[str, Any] = field(default_factory=dict)
    late: bool = False


class Builtins(dict[str, Any]):
    """Names and values; whoever asks for ``execute`` does something else when the models are built."""

    def __init__(self, values: Mapping[str, Any], notes: Notes) -> None:
        super().__init__(values)
        self._notes = notes

    def __getitem__(self, name: str) -> Any:
        if name == "execute":
            self._notes.late = True
        return super().__getitem__(name)


@dataclass(frozen=True)
class Configured:
    """``config(…)``, and ``config.get(name)`` of all that is said so far."""

    said: Mapping[str, Any]
    notes: Notes

    def __call__(self, *mappings: Mapping[str, Any], **options: Any) -> str:
        """Say more; later words win, and tags, hooks and meta are added to."""
        for mapping in (*mappings, options):
            # A word may be written with a dash in a mapping, where it is no keyword.
            self.notes.config |= {key.replace("-", "_"): value for key, value in mapping.items()}
        return ""

    def get(self, name: str, default: Any = None, **_: Any) -> Any:
        """Return what is said, or *default*."""
        found = {**self.said, **self.notes.config}.get(name)
        return default if found is None else found

    def require(self, name: str, **_: Any) -> Any:
        """Return what is said. Raises ConfigError when nothing is."""
        found = self.get(name)
        if found is None:
            raise ConfigError(f"the config {name!r} is required and nothing says it")
        return found

    def meta_get(self, name: str, default: Any = None) -> Any:
        """Return a word of the config's meta."""
        return (self.get("meta") or {}).get(name, default)


@dataclass(frozen=True)
class Variables:
    """``var(name, default)``, and ``var.has_var(name)``; *render* makes text of what the project file says in Jinja."""

    outside: Outside
    render: Callable[[str], str] = str

    def __call__(self, name: str, default: Any = NOTHING) -> Any:
        """Return the variable. Raises UnknownName when there is none and no default."""
        value = self.outside.var(name, default)
        is_written = name in self.outside.written and name not in self.outside.variables
        return self.render(value) if is_written and isinstance(value, str) and "{" in value else value

    def has_var(self, name: str) -> bool:
        """Whether there is one."""
        return name in self.outside.variables or name in self.outside.written


@dataclass(frozen=True)
class Adapter:
    """``adapter``: dispatching macros, and what a template may ask the database for."""

    names: Callable[[], Names]
    notes: Notes
    warehouse: Warehouse | None

    def dispatch(self, macro_name: str, macro_namespace: str | None = None, **_: Any) -> Any:
        """Return the macro that does this on Postgres."""
        return self.names().dispatch(macro_name, macro_namespace)

    def query(self, sql: str) -> Table:
        """Return what the database answers; nothing while the models are only read."""
        self.notes.late = True
        return self.warehouse.query(sql) if self.warehouse else Table()

    def get_columns_in_relation(self, relation: Relation) -> list[Any]:
        """Return the relation's columns; none while the models are only read."""
        self.notes.late = True
        return list(self.warehouse.columns(relation)) if self.warehouse else []

    def get_relation(self, database: Any = None, schema: Any = None, identifier: Any = None) -> Relation | None:
        """Return the relation of these names; None when there is none, or the models are only read."""
        self.notes.late = True
        wanted = Relation.create(database, schema, identifier)
        kind = self.warehouse.kind(wanted) if self.warehouse else None
        return Relation.create(database, schema, identifier, type=kind) if kind else None

    def load_relation(self, relation: Relation) -> Relation | None:
        """Return the relation when it is there."""
        self.notes.late = True
        return relation if self.warehouse and self.warehouse.kind(relation) else None

    def quote(self, identifier: str) -> str:
        """Return a name as Postgres reads it whatever is in it."""
        return quoted(identifier)

    def type(self) -> str:
        """Return what kind of database this is."""
        return "postgres"

    def __getitem__(self, name: str) -> NoReturn:
        raise ConfigError(f"adapter.{name} is not supported", hint=ELSEWHERE)


@dataclass(frozen=True)
class Exceptions:
    """``exceptions``: a template's own errors and warnings."""

    tell: Callable[[str], None]

    def raise_compiler_error(self, message: str, *_: Any) -> NoReturn:
        """Say that something is wrong in what the author has written."""
        raise ConfigError(" ".join(str(message).split()))

    raise_not_implemented = raise_compiler_error
    raise_contract_error = raise_compiler_error

    def warn(self, message: str, *_: Any) -> str:
        """Say what the author should know."""
        self.tell(" ".join(str(message).split()))
        return ""


def always(outside: Outside) -> dict[str, Any]:
    """Return what is the same for all that is rendered, files of properties included."""
    tell = outside.tell
    return {
        "dbt_version": VERSION,
        "env_var": outside.env_var,
        "exceptions": Exceptions(tell),
        "flags": SimpleNamespace(FULL_REFRESH=outside.full_refresh, WHICH="build", STORE_FAILURES=True),
        "fromjson": _or_default(json.loads),
        "fromyaml": _or_default(yaml.safe_load),
        # dbt's is a UUID, and a column that takes one takes ours.
        "invocation_id": str(uuid5(NAMESPACE_OID, outside.run)),
        "local_md5": _md5,
        "log": _log(tell),
        "modules": _MODULES,
        "print": _log(tell, always=True),
        "project_name": outside.project,
        "return": _return,
        "run_started_at": outside.started_at,
        "set": lambda value, default=None: set(value) if _is_iterable(value) else default,
        "set_strict": set,
        "target": dict(outside.target),
        "thread_id": "main",
        "tojson": _or_default(lambda value, sort_keys=False: json.dumps(value, sort_keys=sort_keys, default=str)),
        "toyaml": _or_default(lambda value, sort_keys=False: yaml.safe_dump(value, sort_keys=sort_keys)),
        "try_or_compiler_error": _try,
        "var": Variables(outside),
        "zip": lambda *values, default=None: zip(*values, strict=False) if all(map(_is_iterable, values)) else default,
        "zip_strict": lambda *values: zip(*values, strict=False),
    }


def bound(values: Mapping[str, Any], notes: Notes, warehouse: Warehouse | None, make: Callable[..., Names]) -> Names:
    """Return the names of one rendering: *values*, and what hangs on the rendering itself."""
    results: dict[str, Any] = {}

    def store(name: str, table: Table, **_: Any) -> str:
        results[name] = SimpleNamespace(table=table, data=[list(row) for row in table], response="")
        return ""

    builtins = Builtins(values, notes)
    names = make(builtins)
    builtins.update(
        {
            "adapter": (adapter := Adapter(lambda: names, notes, warehouse)),
            "api": SimpleNamespace(Relation=Relation, Column=Columns()),
            "builtins": values,
            "context": Everything(names),
            "execute": warehouse is not None,
            "load_relation": adapter.load_relation,
            "load_result": results.get,
            "store_result": store,
            "var": replace(values["var"], render=lambda text: compiled(SqlFile("", text)).render(names.find)),
        }
    )
    return names


def _return(value: Any = None) -> NoReturn:
    raise Returned(value)


def _log(tell: Callable[[str], None], *, always: bool = False) -> Callable[..., str]:
    def log(msg: Any, info: bool = False) -> str:  # noqa: FBT001, FBT002 - dbt's signature
        if info or always:
            tell(str(msg))
        return ""

    return log


def _or_default(convert: Callable[..., Any]) -> Callable[..., Any]:
    def call(value: Any, default: Any = None, **options: Any) -> Any:
        try:
            return convert(value, **options)
        except (TypeError, ValueError, yaml.YAMLError):
            return default

    return call


def _try(message_if_exception: str, func: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    try:
        return func(*arguments, **named)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        raise ConfigError(message_if_exception) from None


def _md5(value: str) -> str:
    import hashlib  # noqa: PLC0415 - few templates want it

    return hashlib.md5(value.encode(), usedforsecurity=False).hexdigest()


def _is_iterable(value: Any) -> bool:
    return hasattr(value, "__iter__")


_MODULES = {
    "datetime": {"date": date, "datetime": datetime, "time": time, "timedelta": timedelta, "tzinfo": tzinfo},
    "itertools": {
        name: getattr(itertools, name)
        for name in (
            "accumulate",
            "chain",
            "combinations",
            "groupby",
            "islice",
            "permutations",
            "product",
            "zip_longest",
        )
    },
    "pytz": {"timezone": ZoneInfo, "utc": UTC, "UTC": UTC},
    "re": {
        name: getattr(re, name)
        for name in ("compile", "escape", "findall", "fullmatch", "match", "search", "split", "sub")
    },
}
