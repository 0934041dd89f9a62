"""
Configs from several places made one: of folders in the project file, of properties, of the file itself.

dbt's rule: the nearer word wins, but tags and hooks are added up, and meta and grants are merged.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_ADDED = frozenset({"tags", "pre_hook", "post_hook"})
_MERGED = frozenset({"meta", "grants", "docs", "column_types"})


def of_folders(tree: Mapping[str, Any], fqn: Sequence[str], known: Iterable[str]) -> list[Mapping[str, Any]]:
    """
    Return what *tree* configures for the thing at *fqn* (project, folders, name), the farthest first.

    A word with a plus is a config; one without is a folder when *fqn* has it there, else a config when it is *known*.
    """
    found, at = [], tree
    words = frozenset(known)
    for part in (*fqn, None):
        found.append({_word(key): value for key, value in at.items() if _is_config(key, value, part, words)})
        below = at.get(part) if part is not None else None
        if not isinstance(below, Mapping):
            break
        at = below
    return [one for one in found if one]


def merged(configs: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return all *configs* as one; later ones win."""
    whole: dict[str, Any] = {}
    for config in configs:
        for key, value in config.items():
            if key in _ADDED:
                whole[key] = [*whole.get(key, []), *_listed(value)]
            elif key in _MERGED and isinstance(value, Mapping):
                whole[key] = _joined(whole.get(key) or {}, value)
            else:
                whole[key] = value
    if "tags" in whole:
        whole["tags"] = list(dict.fromkeys(whole["tags"]))
    return whole


def _joined(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return *old* with *new* over it; a plus before a key adds to its list instead."""
    whole = dict(old)
    for key, value in new.items():
        name = key.removeprefix("+")
        whole[name] = [*_listed(whole.get(name)), *_listed(value)] if key.startswith("+") else value
    return whole


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _word(key: str) -> str:
    return key.removeprefix("+").replace("-", "_")


def _is_config(key: str, value: Any, part: str | None, known: frozenset[str]) -> bool:
    if key.startswith("+"):
        return True
    return key != part and _word(key) in known and not (isinstance(value, Mapping) and _word(key) not in _MERGED)
