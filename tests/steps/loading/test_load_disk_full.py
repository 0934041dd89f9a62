"""load where the disk of Postgres fills up, sooner or later: it is told, and with room again the load completes."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from engine_projects import project_at
from loading import put_run, rows, run_sql
from minidata.adapters.project import Project
from minidata.core.errors import Exit
from minidata.steps.down import down
from minidata.steps.engine import embedded_engine
from minidata.steps.load import load
from minidata.steps.up import up
from shell import run_text

SOURCE = """
from minidata import Row, Source, Stream

class Note(Row):
    id: int
    text: str

source = Source("diary", "http://127.0.0.1:1", [Stream("notes", "/", Note, "id"), Stream("log", "/", Note)])
"""
PAGES, RECORDS = 8, 250
SIZES = int(os.environ.get("MINIDATA_TEST_DISK_SIZES", "2"))
# All is loaded with about three times as much.
MOST = 1_200_000
AMPLE = 512 * 2**20
SEGMENT = 16 * 2**20


@dataclass(frozen=True)
class Disk:
    """A file system of its own at *folder*."""

    folder: Path

    def leave(self, room: int) -> None:
        """Leave so many bytes on it."""
        mount("-o", f"remount,size={shutil.disk_usage(self.folder).used + room}", str(self.folder))


def mount(*arguments: str) -> None:
    """Mount as *arguments* say; where nobody may, the test is skipped."""
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    if shutil.which("mount") is None:
        pytest.skip("there is no mount here")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", f"size={AMPLE}", "tmpfs", str(folder))
    yield Disk(folder)
    subprocess.run(["umount", folder], check=True)


@pytest.fixture
def diary(disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project with something to load, and a Postgres of its own, which is gone before *disk* is."""
    assert disk.folder.is_dir()
    for name in ("KIND", "URL"):
        monkeypatch.delenv(f"MINIDATA_ENGINE_{name}", raising=False)
    root = project_at(tmp_path / "diary").root
    (root / "minidata.toml").write_text('[engine]\nkind = "embedded"\n[load]\nbatch = 1\n')
    (root / "sources").mkdir()
    (root / "sources" / "diary.py").write_text(SOURCE)
    project = Project(root)
    for stream in ("notes", "log"):
        pages = [[{"id": RECORDS * page + n, "text": 400 * "x"} for n in range(RECORDS)] for page in range(PAGES)]
        put_run(project, f"diary.{stream}", pages)
    up(project)
    yield project
    down(project, volumes=True)


def lies_on(disk: Disk, project: Project, part: str) -> None:
    """Let *part* of the data of its Postgres be on *disk*."""
    engine = embedded_engine(project)
    engine.stop(volumes=False)
    subprocess.run(["cp", "-a", engine.folder / part, disk.folder], check=True)
    shutil.rmtree(engine.folder / part)
    (engine.folder / part).symlink_to(disk.folder / part)
    up(project)


def sizes() -> list[int]:
    chance = Random(8)  # noqa: S311 - the same sizes each time
    return [0, *(chance.randrange(MOST) for _ in range(SIZES - 1))]


def contents(project: Project) -> list[list[tuple[Any, ...]]]:
    queries = (
        "select id, text, _record from diary.notes order by id",
        "select id, text, _record from diary.log order by id",
        "select key, fetched, loaded from minidata.object order by key",
    )
    return [rows(project, query) for query in queries]


def forgotten(project: Project) -> None:
    run_sql(
        project,
        "drop schema diary cascade",
        "truncate minidata.run, minidata.object, minidata.quarantine, minidata.deleted, minidata.forgotten",
    )


def told(project: Project, *arguments: str) -> str:
    """Return the one line in which ``minidata`` says why it fails."""
    done = run_text(*arguments, cwd=project.root)
    error, hint = done.stderr.splitlines()
    assert (done.returncode, error.split(":")[0], hint.split(":")[0]) == (Exit.ENGINE, "error", "hint")
    return error


def test_a_full_disk_of_data_is_told_and_with_room_the_load_completes(diary: Project, disk: Disk) -> None:
    lies_on(disk, diary, "base")
    expected = expected_of(diary)
    for room in sizes():
        disk.leave(room)
        assert "the disk of Postgres is full" in told(diary, "load")
        disk.leave(AMPLE)
        completes(diary, expected)


def test_a_full_disk_of_wal_ends_postgres_and_with_room_all_completes(diary: Project, disk: Disk) -> None:
    lies_on(disk, diary, "pg_wal")
    expected = expected_of(diary)
    for room in sizes():
        leave_in_wal(diary, room)
        disk.leave(0)
        # It may have ended before anybody wrote.
        assert "Postgres" in told(diary, "load")
        assert "No space left on device" in told(diary, "up")
        disk.leave(AMPLE)
        up(diary)
        completes(diary, expected)


def expected_of(project: Project) -> list[list[tuple[Any, ...]]]:
    load(project, project.sources)
    found = contents(project)
    forgotten(project)
    return found


def completes(project: Project, expected: list[list[tuple[Any, ...]]]) -> None:
    assert load(project, project.sources).exit_code == Exit.DONE
    assert contents(project) == expected
    forgotten(project)


def leave_in_wal(project: Project, room: int) -> None:
    """Write until there are *room* bytes left in the last of the files that Postgres has for its WAL."""
    written = "select pg_logical_emit_message(false, '', repeat('x', {}))"
    while rows(project, _MORE_FILES) == [(True,)]:
        run_sql(project, written.format(1), "select pg_switch_wal()", written.format(1))
    ((used,),) = rows(project, f"select (pg_current_wal_insert_lsn() - '0/0')::bigint % {SEGMENT}")
    run_sql(project, written.format(max(SEGMENT - used - room - 4_096, 1)))


_MORE_FILES = """
select max(name) > pg_walfile_name(pg_current_wal_insert_lsn()) from pg_ls_waldir() where name ~ '^[0-9A-F]{24}$'
"""
