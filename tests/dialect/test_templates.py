"""Templates give, letter by letter, what dbt makes of them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from dbts import Dbt
from minidata.core.dialect.names import Library
from minidata.core.dialect.project_file import read_project_file
from minidata.core.dialect.rendering import About, Renderer, SqlFile
from minidata.core.dialect.variables import Outside
from minidata.core.queries.relations import Known

pytestmark = pytest.mark.dbt

HERE = Path(__file__).parent
MACROS = (HERE / "macros.sql").read_text()
TEMPLATES = (HERE / "templates.txt").read_text().split("\n----\n")
PROJECT = """
name: snippets
version: "1.0"
config-version: 2
profile: snippets
vars:
  fruits: [apple, pear]
  nested: {a: {b: [1, 2.50, true, null]}}
  braces: "{{ not rendered }}"
  day: 2024-02-29
  overridden: first
  snippets:
    only_here: 1
"""


@pytest.fixture(scope="module")
def theirs(dbt_venv: Path, postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of what dbt has compiled."""
    folder = tmp_path_factory.mktemp("snippets")
    (folder / "dbt_project.yml").write_text(PROJECT)
    (folder / "macros").mkdir()
    (folder / "macros" / "macros.sql").write_text(MACROS)
    (folder / "models").mkdir()
    for number, template in enumerate(TEMPLATES):
        (folder / "models" / f"t{number}.sql").write_text(template)
    dbt = Dbt(dbt_venv, tmp_path_factory.mktemp("dbt"))
    compiled = dbt.run(folder, postgres, "compile", "--no-introspect", "--vars", "{given: outside, overridden: 5}")
    assert compiled.code == 0, compiled.output
    return dbt.home / "target" / "compiled" / "snippets" / "models"


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    project = read_project_file(SqlFile("dbt_project.yml", PROJECT))
    outside = Outside(
        variables={"given": "outside", "overridden": 5},
        environ={},
        written=project.variables,
        project=project.name,
        target={"name": "dev", "schema": "analytics", "type": "postgres"},
        started_at=datetime(2024, 5, 6, tzinfo=UTC),
    )
    library = Library.of("snippets", {"snippets": [SqlFile("macros/macros.sql", MACROS)]}, {})
    return Renderer(Known.of([f"t{number}" for number in range(len(TEMPLATES))]), library, outside)


@pytest.mark.parametrize("number", range(len(TEMPLATES)))
def test_a_template_gives_what_it_gives_with_dbt(theirs: Path, renderer: Renderer, number: int) -> None:
    name = f"t{number}"
    node = {"name": name, "resource_type": "model"}
    rendering = renderer.render(SqlFile(f"models/{name}.sql", TEMPLATES[number]), About(name, node=node))

    ours, other = rendering.sql, (theirs / f"{name}.sql").read_text()
    # dbt keeps no blanks around a model; SQL of its own helpers has others than ours within, and other cases.
    if "dbt." in TEMPLATES[number]:
        ours, other = "".join(ours.split()).lower(), "".join(other.split()).lower()
    assert ours.strip() == other.strip(), TEMPLATES[number]
