"""When a test need not be run again: it passed before, over what is still the same, so that it must pass now."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict

from minidata.core.modelling.fingerprints import digest
from minidata.core.modelling.models import Model
from minidata.core.queries.relations import Source
from minidata.core.queries.sqltext import is_restless
from minidata.core.testing.datatests import DataTest

_WORD = re.compile(r"\w+")
# Whose rows no fingerprint knows.
_SYSTEM = re.compile(r"pg_|information_schema\Z")
# Through which what is below is seen as it is, and not as it was built.
_TRANSPARENT = frozenset({"ephemeral", "view"})


def verdict_fingerprint(
    test: DataTest, bound: str, models: Mapping[str, Model], positions: Mapping[Source, str]
) -> str | None:
    """
    Return what is the same as long as *test* must go as it went; None when nobody can know.

    *bound* is its query, bound to relations, whose names have fingerprints. *positions* say how far tables have come.
    """
    config = test.config
    words = {*_WORD.findall(f"{bound} {config.fail_calc} {config.warn_if} {config.error_if}".lower())}
    if test.late or test.kind == "freshness" or is_restless(words) or any(map(_SYSTEM.match, words)):
        return None
    read = test.sources | frozenset(_seen(test.refs, models))
    judged = {name: value for name, value in asdict(config).items() if name in _JUDGED}
    return digest([bound, judged, [[*source, positions.get(source, "")] for source in sorted(read)]])


_JUDGED = ("severity", "limit", "fail_calc", "warn_if", "error_if")


def _seen(names: Collection[str], models: Mapping[str, Model]) -> Iterator[Source]:
    """Yield the tables whose rows are seen through models that keep none."""
    stack, seen = list(names), set(names)
    while stack:
        model = models.get(stack.pop())
        if model and model.materialized in _TRANSPARENT:
            yield from model.sources
            stack += model.refs - seen
            seen |= model.refs
