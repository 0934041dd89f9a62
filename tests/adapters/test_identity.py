"""Who a project is, when its folder is moved, copied, linked or made anew."""

import shutil
from pathlib import Path

import pytest

from engine_projects import project_at
from minidata.adapters.project import Project
from minidata.adapters.project.identity import identity, settle


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return project_at(tmp_path / "a")


def test_it_is_the_same_before_and_after_it_is_written_down(project: Project) -> None:
    first = identity(project)

    assert settle(project) == settle(project) == first
    shutil.rmtree(project.root / ".minidata")
    assert identity(project) == first


def test_a_moved_folder_keeps_its_id_and_whoever_comes_to_its_place_gets_another(project: Project) -> None:
    before = settle(project)
    project.root.rename(project.root.with_name("b"))

    newcomer = project_at(project.root)
    moved = project_at(project.root.with_name("b"))

    assert settle(moved) == before
    assert settle(newcomer).id != before.id
    assert settle(moved) == before


def test_a_copy_gets_an_id_of_its_own_and_says_so_once(project: Project) -> None:
    before = settle(project)
    shutil.copytree(project.root, project.root.with_name("b"))
    copy = project_at(project.root.with_name("b"))

    first, second = settle(copy), settle(copy)

    assert first.copy_of == project.root
    assert first.id not in {"", before.id}
    assert (second.id, second.copy_of) == (first.id, None)
    assert settle(project) == before


def test_another_name_of_the_same_folder_is_no_copy(project: Project) -> None:
    before = settle(project)
    link = project.root.with_name("link")
    link.symlink_to(project.root, target_is_directory=True)

    assert settle(project_at(link)) == before


def test_a_project_of_before_keeps_the_id_that_its_place_gave_it(tmp_path: Path) -> None:
    old = project_at(tmp_path / "a")
    old.write_state("engine", {"kind": "docker"})

    before = settle(old).id
    old.root.rename(tmp_path / "b")

    assert settle(project_at(tmp_path / "b")).id == before
