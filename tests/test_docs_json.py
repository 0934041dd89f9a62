"""What `--json` prints is told, key by key, on the page of the command."""

from dataclasses import fields

import pytest

import minidata.steps.test as testing
from conftest import ROOT
from minidata.adapters.database.publishing.comparing import Changes
from minidata.core.testing.differing import Difference
from minidata.steps.analyze import Analyzed, AnalyzedModel
from minidata.steps.diff import Diff, ModelDiff
from minidata.steps.explain import Explained, ExplainedModel
from minidata.steps.lineage import Lineage
from minidata.steps.lineage_tables import LineageColumn, LineageTable
from minidata.steps.prune import Pruned
from minidata.steps.rollback import RolledBack
from minidata.steps.testing import outcomes

ANALYZE = (Analyzed, AnalyzedModel, Explained, ExplainedModel, RolledBack, Pruned, Diff, ModelDiff, Changes)
TESTING = (testing.Tested, outcomes.TestOutcome, Difference)


LINEAGE = (Lineage, LineageTable, LineageColumn)


@pytest.mark.parametrize(("page", "facts"), [("analyze", ANALYZE), ("testing", TESTING), ("lineage", LINEAGE)])
def test_each_key_is_told(page: str, facts: tuple[type, ...]) -> None:
    _, _, told = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8").partition("With `--json`")

    assert told
    assert [field.name for one in facts for field in fields(one) if f"`{field.name}`" not in told] == []
