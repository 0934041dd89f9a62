"""When a test need not be run again: it passed before, over what is still the same, so that it must pass now."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from minidata.core.modelling.fingerprints import digest
from minidata.core.modelling.models import Model, Models, Statement
from minidata.core.queries.relations import Source
from minidata.core.queries.sqltext import Query, is_restless
from minidata.core.testing.datatests import DataTest

_NAME = re.compile(r"[\w.-]+")
_WORD = re.compile(r"'[^']*'|\w+|[(),]")
# Whose rows no fingerprint knows.
_SYSTEM = re.compile(r"[\"']?(pg_|information_schema\b)")
# Through which what is below is seen as it is, and not as it was built.
_TRANSPARENT = frozenset({"ephemeral", "view"})
_JUDGED = ("severity", "limit", "fail_calc", "warn_if", "error_if")


@dataclass(frozen=True)
class Verdicts:
    """
    Tells tests apart by all that decides how they go.

    *positions* say how far tables have come; *touched* are models whose rows are not only what their queries say.
    """

    models: Mapping[str, Model]
    positions: Mapping[Source, str]
    touched: Collection[str] = ()
    _open: dict[str, bool] = field(default_factory=dict)

    def fingerprint(self, test: DataTest, bound: str) -> str | None:
        """
        Return what is the same as long as *test* must go as it went; None when nobody can know.

        *bound* is its query, bound to relations, whose names have fingerprints.
        """
        models = list(self._seen(test.refs))
        through = [model for model in models if model.materialized in _TRANSPARENT]
        if test.late or test.kind == "freshness" or _is_open(test.query) or _is_judged_restlessly(test):
            return None
        if any(model.config.unlogged or model.name in self.touched for model in models):
            return None
        if any(map(self._shows_more, through)):
            return None
        sources = sorted(test.sources.union(*(model.sources for model in through)))
        judged = {name: getattr(test.config, name) for name in _JUDGED}
        return digest([bound, judged, [[*source, self.positions.get(source, "")] for source in sources]])

    def _shows_more(self, model: Model) -> bool:
        """Whether *model*, which keeps no rows, depends on more than the relations that it names; found out once."""
        if model.name not in self._open:
            self._open[model.name] = model.late or _is_open(model.query)
        return self._open[model.name]

    def _seen(self, names: Collection[str]) -> Iterator[Model]:
        """Yield the models of these names, and those that are seen through models that keep no rows."""
        stack, seen = list(names), set(names)
        while stack:
            model = self.models.get(stack.pop())
            if model:
                yield model
            if model and model.materialized in _TRANSPARENT:
                stack += model.refs - seen
                seen |= model.refs


def touched_by_hooks(models: Models) -> frozenset[str]:
    """Return the models that statements beside other models name: such a one may change their rows."""
    touched: set[str] = set()
    for statement in (*models.start, *models.end):
        touched |= _named(statement, models)
    for model in models.by_name.values():
        for hook in (*model.before, *model.after, *model.before_increment, *model.after_increment):
            touched |= _named(hook, models) - {model.name}
    return frozenset(touched)


def _named(statement: Statement, models: Models) -> frozenset[str]:
    """Return the models that *statement* names; of one that is rendered later those whose names are in its template."""
    if statement.late:
        return frozenset(_NAME.findall(statement.template)) & models.by_name.keys()
    return statement.query.refs


def _is_judged_restlessly(test: DataTest) -> bool:
    """Whether what is computed over the rows that break the rule asks for the time, for chance or elsewhere."""
    config = test.config
    words = _WORD.findall(f"{config.fail_calc} {config.warn_if} {config.error_if}".lower())
    return is_restless(words) or any(map(_SYSTEM.match, words))


def _is_open(query: Query) -> bool:
    """Whether *query* depends on more than the relations that it names."""
    words = [word.lower() for word in query.words]
    return query.restless or any(map(_SYSTEM.match, words)) or _calls_somebodys(words)


def _calls_somebodys(words: Sequence[str]) -> bool:
    """Whether a function is called by its schema: it is somebody's, and may read whatever it likes."""
    return any(words[at] == "." and words[at + 2] == "(" for at in range(1, len(words) - 2))
