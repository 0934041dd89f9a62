"""What is selected by how it differs from what is published, and by what else analyze knows."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from minidata.adapters.project import Project
from minidata.core.errors import UnknownName
from minidata.core.watch import Nobody
from minidata.steps.analyze import Wishes, analyze

Write = Callable[..., None]


@dataclass(frozen=True)
class Notes(Nobody):
    """Hears what is told."""

    told: list[str] = field(default_factory=list)

    def note(self, line: str) -> None:
        """Keep it."""
        self.told.append(line)


@pytest.fixture
def published(project: Project, write: Write, put: Write) -> Project:
    """Three models in a row, and one apart."""
    write(a="select 1 as n", b="select n from {{ ref('a') }}", c="select n from {{ ref('b') }}", apart="select 2 as n")
    put("sql/models/notes.yml", "models: [{name: b, description: old, columns: [{name: n, data_tests: [unique]}]}]")
    assert analyze(project).published
    return project


def chosen(project: Project, *select: str, exclude: tuple[str, ...] = ()) -> list[str]:
    facts = analyze(project, Wishes(select=select, exclude=exclude, publish=False))
    return [model.name for model in facts.models]


def test_what_has_changed_is_selected_with_what_reads_it(published: Project, write: Write) -> None:
    write(b="select n + 1 as n from {{ ref('a') }}", fresh="select 1 as one")

    assert chosen(published, "state:modified", exclude=("state:new",)) == ["b"]
    assert chosen(published, "state:new") == ["fresh"]
    assert chosen(published, "state:modified+") == ["fresh", "b", "c"]
    assert chosen(published, "state:unmodified") == ["a", "apart", "c"]
    assert chosen(published, "state:modified.body,state:old") == ["b"]


def test_a_config_a_description_and_a_place_are_changes_too(published: Project, write: Write, put: Write) -> None:
    put("sql/models/notes.yml", "models: [{name: b, description: new}]")
    write(
        a="{{ config(materialized='table') }} select 1 as n",
        apart="{{ config(alias='aside') }} select 2 as n",
    )

    assert chosen(published, "state:modified.persisted_descriptions") == ["b"]
    assert chosen(published, "state:modified.configs") == ["a"]
    assert chosen(published, "state:modified.relation") == ["apart"]


def test_a_selector_that_selects_nothing_is_told_of_and_an_unknown_name_is_an_error(published: Project) -> None:
    notes = Notes()

    facts = analyze(published, Wishes(select=["tag:none"]), watch=notes)

    assert facts.models == ()
    assert "'tag:none' selects nothing" in notes.told
    with pytest.raises(UnknownName, match="unknown model 'apar', did you mean 'apart'"):
        analyze(published, Wishes(select=["apar"]))
