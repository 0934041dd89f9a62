"""
What tests are called, as dbt derives it: from the macro, the relation, and all arguments.

So that ``--select test_name`` and dbt's reports mean the same test.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from minidata.core.properties.rules import Rule

# A relation's name, which dbt may make of it, is shorter than this.
_SHORT = 64
_KEPT = 30
_HASHED = 10


def names_of(rule: Rule) -> tuple[str, str]:
    """Return a test's whole name, and the one that is short enough for a relation."""
    if rule.given_name:
        return rule.given_name, rule.given_name
    package, _, kind = rule.kind.rpartition(".")
    kind = "_".join(part for part in (package, "source" if rule.of_source else "", kind) if part)
    parts = [text for _, value in sorted(_arguments(rule).items()) for text in _texts(value)]
    identifier = f"{kind}_{rule.label}"
    whole = f"{identifier}_" + "__".join(re.sub("[^0-9a-zA-Z_]+", "_", part) for part in parts)
    return whole, whole if len(whole) < _SHORT else f"{identifier[:_KEPT]}_{_md5(whole)}"


def unique_id(rule: Rule, project: str, name: str) -> str:
    """Return what dbt knows the test by: two with all the same arguments are one."""
    package, _, kind = rule.kind.rpartition(".")
    model = f"{{{{ get_where_subquery({rule.of}) }}}}"
    said = {"namespace": package or None, "name": kind, "kwargs": {**_arguments(rule), "model": model}}
    return f"test.{project}.{name}.{_md5(name + repr(_hashable(said)))[-_HASHED:]}"


def _arguments(rule: Rule) -> Mapping[str, Any]:
    return {**rule.arguments, "column_name": rule.column} if rule.column else rule.arguments


def _texts(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]


def _hashable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _hashable(value[key]) for key in sorted(value)}
    return [_hashable(one) for one in value] if isinstance(value, list) else str(value)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
