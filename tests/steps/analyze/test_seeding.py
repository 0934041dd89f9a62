"""Seeds as people write them down: names that need quotes, lines that are too short."""

from collections.abc import Callable
from dataclasses import dataclass, field

from minidata.adapters.database.connection import Database
from minidata.adapters.project import Project
from minidata.core.errors import Exit
from minidata.core.watch import Nobody
from minidata.steps.analyze import analyze

Write = Callable[[str, str], None]


@dataclass(frozen=True)
class Notes(Nobody):
    """Hears what is told."""

    told: list[str] = field(default_factory=list)

    def note(self, line: str) -> None:
        """Keep it."""
        self.told.append(line)


def test_names_are_kept_as_they_are_written(project: Project, reader: Database, put: Write) -> None:
    put("sql/seeds/people.csv", 'First Name,"a""b",order\nAnn,1,2\n')

    assert analyze(project).exit_code == Exit.DONE
    assert reader.rows('select "First Name", "a""b", "order" from analytics.people') == [("Ann", 1, 2)]


def test_a_line_that_is_too_short_is_told_of(project: Project, reader: Database, put: Write) -> None:
    put("sql/seeds/people.csv", "id,name\n1,Ann\n2\n")
    notes = Notes()

    assert analyze(project, watch=notes).exit_code == Exit.DONE
    assert reader.rows("select * from analytics.people order by id") == [(1, "Ann"), (2, None)]
    assert notes.told == ["sql/seeds/people.csv:3 has too few values: what is missing is null"]
