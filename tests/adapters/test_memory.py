"""What is remembered saves work, and can do no more: whatever is wrong with it, the work is done again."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from minidata.adapters.memory import remembering
from minidata.adapters.models import read_model_files
from minidata.core.dialect.jinja import SqlFile, compiled
from minidata.core.dialect.variables import Outside
from minidata.core.memo import remembered
from minidata.core.modelling.models import Models
from minidata.core.modelling.reading import read_models

MODELS = {
    "a": "{% for n in [1, 2] %}select {{ n }} as n {% if not loop.last %}union all{% endif %} {% endfor %}",
    "b": "with x as (select * from {{ ref('a') }}) select x.n, (select max(o.at) from shop.orders o) as at from x",
    "c": "select analytics.b.n from analytics.b where 'it''s' <> $$\"analytics\".\"a\"$$",
    "d": "select n from unknown syntax ~~~ (analytics.a, analytics.b)",
}


def asked(text: str) -> tuple[str, Callable[[], int]]:
    """Return what is made of *text*, and what tells how often it was made."""
    calls: list[str] = []

    def shout(text: str) -> str:
        calls.append(text)
        return text.upper()

    return remembered(shout)(text), lambda: len(calls)


def worked(root: Path, text: str = "text", environ: Mapping[str, str] | None = None) -> int:
    """Return how often it had to be made of *text* in another run over the project at *root*."""
    with remembering(root, {"XDG_CACHE_HOME": str(root.parent / "cache")} if environ is None else environ):
        made, calls = asked(text)
    assert made == text.upper()
    return calls()


def memory(root: Path) -> Path:
    (found,) = (root.parent / "cache" / "minidata").iterdir()
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def test_the_same_is_worked_out_once(root: Path) -> None:
    assert [worked(root), worked(root), worked(root, "another"), worked(root), worked(root, "another")] == [
        1,
        0,
        1,
        0,
        0,
    ]


def test_a_project_does_not_see_what_another_remembers(root: Path, tmp_path: Path) -> None:
    assert [worked(root), worked(tmp_path / "other")] == [1, 1]


def test_it_is_for_its_user_alone(root: Path) -> None:
    worked(root)

    assert memory(root).stat().st_mode & 0o777 == 0o600
    assert memory(root).parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("spoil", [lambda body: body[:-1], lambda body: body[:40] + b"?" + body[41:], lambda _: b""])
def test_what_is_not_whole_is_not_believed(root: Path, spoil: Callable[[bytes], bytes]) -> None:
    worked(root)
    memory(root).write_bytes(spoil(memory(root).read_bytes()))

    assert [worked(root), worked(root)] == [1, 0]


def test_what_others_could_have_written_is_not_believed(root: Path) -> None:
    worked(root)
    memory(root).chmod(0o666)

    assert worked(root) == 1


def test_what_another_version_made_is_not_believed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worked(root)
    monkeypatch.setattr(sys, "version", "4.0")

    assert worked(root) == 1


def test_what_was_made_by_a_library_that_lies_elsewhere_is_not_believed(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the same size and time, as all files are in builds that can be repeated."""
    done = []
    for version in ("3.1.5", "3.1.6"):
        (tmp_path / version / "jinja2").mkdir(parents=True)
        file = tmp_path / version / "jinja2" / "__init__.py"
        file.write_text(f"__version__ = '{version}'")
        os.utime(file, (1, 1))
        with monkeypatch.context() as patch:
            patch.syspath_prepend(tmp_path / version)
            patch.delitem(sys.modules, "jinja2")
            done.append(worked(root))

    assert done == [1, 1]


def test_projects_that_are_gone_are_forgotten_in_the_end(root: Path, tmp_path: Path) -> None:
    worked(tmp_path / "gone")
    worked(root)
    worked(root, "kept in use")
    for file in (tmp_path / "cache" / "minidata").iterdir():
        os.utime(file, (1, 1))
    worked(root)
    worked(tmp_path / "new")

    assert [worked(root), worked(tmp_path / "gone")] == [0, 1]


@pytest.mark.parametrize("environ", [{}, {"HOME": "relative"}, {"XDG_CACHE_HOME": "/proc/nobody"}])
def test_who_has_no_place_for_it_does_without(root: Path, environ: Mapping[str, str]) -> None:
    assert [worked(root, environ=environ), worked(root, environ=environ)] == [1, 1]


def test_what_nobody_asks_for_any_more_is_forgotten(root: Path) -> None:
    worked(root)
    size = memory(root).stat().st_size
    for number in range(50):
        worked(root, str(number))

    assert memory(root).stat().st_size < 3 * size


def test_models_are_what_they_are_without_it(root: Path) -> None:
    for name, text in MODELS.items():
        (root / "sql" / "models" / f"{name}.sql").parent.mkdir(parents=True, exist_ok=True)
        (root / "sql" / "models" / f"{name}.sql").write_text(text)

    def read() -> Models:
        return read_models(read_model_files(root), Outside({}, {}))

    environ = {"XDG_CACHE_HOME": str(root.parent / "cache")}
    without = read()
    with remembering(root, environ):
        first = read()
    with remembering(root, environ):
        again = read()

    assert without.by_name == first.by_name == again.by_name


def test_a_template_that_fails_names_its_line_when_it_is_remembered(root: Path) -> None:
    file = SqlFile("models/x.sql", "select 1\n{{ nothing.there }}")
    for _ in range(2):
        with remembering(root, {"XDG_CACHE_HOME": str(root.parent / "cache")}):
            assert compiled(file).code.co_filename == "models/x.sql"


def test_a_project_that_was_planned_before_needs_no_parser(root: Path) -> None:
    """It takes longer to import than the plan."""
    (root / "sql" / "models").mkdir(parents=True)
    (root / "sql" / "models" / "a.sql").write_text("select 1 as n")
    code = (
        "import sys; from pathlib import Path; from minidata import Project;"
        "from minidata.steps.models import project_models;"
        "project_models(Project.find(Path(sys.argv[1])), {}); print('sqlglot' in sys.modules)"
    )
    environ = os.environ | {"XDG_CACHE_HOME": str(root.parent / "cache")}
    (root / "minidata.toml").write_text("")

    imported = [
        subprocess.run(
            [sys.executable, "-c", code, root], env=environ, check=True, capture_output=True, text=True
        ).stdout
        for _ in range(2)
    ]

    assert imported == ["True\n", "False\n"]
