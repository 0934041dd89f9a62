"""
The two tests that most columns have, unique and not_null, without rendering and reading each of them anew.

Where they are dbt's own, of a column by its name, and of all rows of a model, they are one text with two gaps. dbt has
a shortcut here as well.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from minidata.core.dialect.jinja import TEST
from minidata.core.dialect.rendering import Renderer
from minidata.core.places import Place
from minidata.core.properties.rules import Rule
from minidata.core.queries.relations import Mention
from minidata.core.queries.sqltext import Query

_KINDS = ("unique", "not_null")
_COLUMN = re.compile(r'[A-Za-z_]\w*|"(?:[^"]|"")+"')
# What stands in the gaps, which no macro of dbt's says.
_MODEL_GAP, _COLUMN_GAP = "<model>", "<column>"


@dataclass(frozen=True)
class PlainTests:
    """Makes queries of such tests with *renderer*, whose macros may be others than dbt's."""

    renderer: Renderer
    _texts: dict[str, tuple[str, str]] = field(default_factory=dict)

    def query(self, rule: Rule, config: Mapping[str, object]) -> Query | None:
        """Return the query of *rule*; None when it must be rendered."""
        is_plain = rule.kind in _KINDS and not rule.of_source and not rule.arguments and not config.get("where")
        if not is_plain or not _COLUMN.fullmatch(rule.column) or self._is_written_otherwise(rule.kind):
            return None
        before, after = self._text(rule)
        model = rule.about
        relation, column = str(self.renderer.relation(model)), rule.column
        before, after = before.replace(_COLUMN_GAP, column), after.replace(_COLUMN_GAP, column)
        mention = Mention(len(before), len(before) + len(relation), model, self.renderer.known.shown[model][1])
        return Query(f"{before}{relation}{after}", frozenset({model}), mentions=(mention,))

    def _is_written_otherwise(self, kind: str) -> bool:
        return any(self.renderer.library.has_own(name) for name in (TEST + kind, "get_where_subquery"))

    def _text(self, rule: Rule) -> tuple[str, str]:
        """Return what the test asks, before and after the model."""
        if rule.kind not in self._texts:
            rendering = self.renderer.test(rule.kind, f"'{_MODEL_GAP}'", Place(""), {"column_name": _COLUMN_GAP})
            before, _, after = rendering.sql.strip().partition(_MODEL_GAP)
            self._texts[rule.kind] = before, after
        return self._texts[rule.kind]
