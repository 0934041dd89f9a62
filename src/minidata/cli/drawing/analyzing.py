"""How it looks what analyze did, or would do, and what is different."""

import json
from typing import TYPE_CHECKING

from minidata.cli.drawing.tables import draw
from minidata.cli.drawing.testing import draw_tests
from minidata.core.wording import counted

if TYPE_CHECKING:
    from minidata.cli.desk import Desk
    from minidata.steps.analyze import Analyzed
    from minidata.steps.diff import Diff, ModelDiff
    from minidata.steps.explain import Explained
    from minidata.steps.prune import Pruned
    from minidata.steps.rollback import RolledBack

_WOULD = {
    "build": "build",
    "increment": "add to",
    "publish": "publish",
    "nothing": "unchanged",
    "wait": "wait for",
}


def draw_analyzed(desk: "Desk", facts: "Analyzed") -> None:
    """Draw what became of the models, the tests that did not pass, and whether it was published."""
    rows = [
        (one.name, one.status, one.rows, f"{one.seconds:.2f} s" if one.seconds else "", one.message or one.why)
        if not one.exit_code
        else (one.name, one.status, one.rows, "", "")
        for one in facts.models
    ]
    draw(desk, ("model", "status", "rows", "time", "why"), rows)
    for model in facts.models:
        if model.exit_code:
            desk.fail(model.message, "")
    draw_tests(desk, facts.tests)
    if facts.published:
        desk.out.print(f"published: {facts.publish} (analytics, run {facts.run})")
    elif facts.exit_code:
        desk.out.print("nothing published; readers keep what they had")
    elif facts.candidates:
        desk.out.print(f"not published: {counted(len(facts.candidates), 'model')}; see `minidata diff`")
    else:
        desk.out.print("nothing to publish: all of it is up to date")
    if facts.exit_code and facts.candidates:
        built = {one.name: one.relation for one in facts.models}
        names = ", ".join(f"minidata_build.{built[name]}" for name in facts.candidates[:5])
        more = f" and {len(facts.candidates) - 5} more" if len(facts.candidates) > 5 else ""  # noqa: PLR2004 - as above
        desk.note(f"what was built can be looked at: {names}{more}; or by `minidata diff`")
    for orphan in facts.orphans:
        desk.note(f"{orphan} has no model any more; it stays as it was until `minidata analyze --prune`")


def draw_explained(desk: "Desk", facts: "Explained") -> None:
    """Draw what would become of each model."""
    if not facts.models:
        desk.out.print("there are no such models")
        return
    draw(
        desk,
        ("model", "would", "how", "why"),
        [(one.name, _WOULD[one.would], one.how, one.why) for one in facts.models],
    )


def draw_rolled_back(desk: "Desk", facts: "RolledBack") -> None:
    """Say what readers see again."""
    desk.out.print(
        f"published: {facts.publish}, which is {facts.back_to} again ({counted(len(facts.models), 'model')})"
    )
    for name in facts.newer:
        desk.note(f"{name} was not published then; it stays as it is")
    desk.note("the next `minidata analyze` publishes the models as they are written then")


def draw_pruned(desk: "Desk", facts: "Pruned") -> None:
    """Say what was dropped."""
    for view in facts.dropped:
        desk.out.print(f"dropped: {view}")
    if not facts.dropped:
        desk.out.print("nothing to drop: each published view has its model")


def draw_diff(desk: "Desk", facts: "Diff") -> None:
    """Draw how each model differs, then which columns and some of the rows."""
    rows = []
    for one in facts.models:
        changes = one.changes
        counts = (changes.added, changes.removed, changes.changed) if changes else (None, None, None)
        rows.append((one.name, one.standing, *counts, ", ".join(changes.key) if changes else ""))
    draw(desk, ("model", "is", "added", "removed", "changed", "by"), rows)
    for one in facts.models:
        _draw_changes(desk, one)
    if any(one.standing == "not built" for one in facts.models):
        desk.note("`minidata analyze --no-publish` builds what is not built")


def _draw_changes(desk: "Desk", one: "ModelDiff") -> None:
    changes = one.changes
    if changes is None or changes.nothing:
        return
    for word, columns in (
        ("new", changes.new_columns),
        ("gone", changes.old_columns),
        ("of another type", changes.retyped),
    ):
        if columns:
            desk.out.print(f"{one.name}: {word}: {', '.join(columns)}", markup=False)
    if changes.columns:
        told = ", ".join(f"{name} in {counted(count, 'row')}" for name, count in changes.columns.items())
        desk.out.print(f"{one.name}: changed: {told}", markup=False, soft_wrap=True)
    for what, before, after in changes.examples:
        parts = [json.dumps(row, ensure_ascii=False) for row in (before, after) if row is not None]
        desk.out.print(f"{one.name}: {what}: {' → '.join(parts)}", markup=False, soft_wrap=True)
