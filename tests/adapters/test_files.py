"""Files that people get: whole, or not at all."""

import os
import stat
import threading
from pathlib import Path

import pytest

from minidata.adapters.files import onto, writing
from minidata.core.errors import ConfigError, StoreError

FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="only Linux has a disk that is always full")


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_not_there_before_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.csv"
    with writing(path) as file:
        file.write(b"x")
        assert not path.exists()

    assert (path.read_bytes(), left_in(path.parent)) == (b"x", ["a.csv"])


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), BrokenPipeError()])
def test_on_an_error_the_old_file_stays(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")

    def fail() -> None:
        with writing(path) as file:
            file.write(b"new")
            raise error

    with pytest.raises(type(error)):
        fail()
    assert (path.read_bytes(), left_in(tmp_path)) == (b"old", ["a.csv"])


def test_a_file_is_as_private_as_the_umask_wants_it(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        with writing(tmp_path / "a.csv") as file:
            file.write(b"x")
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "a.csv").stat().st_mode) == 0o600


def test_a_link_stays_one(tmp_path: Path) -> None:
    target, link = tmp_path / "there" / "a.csv", tmp_path / "link.csv"
    target.parent.mkdir()
    link.symlink_to(target)

    with writing(link) as file:
        file.write(b"x")

    assert (link.is_symlink(), target.read_bytes()) == (True, b"x")


def test_a_pipe_is_written_to_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(path.read_bytes()), daemon=True)
    reader.start()

    with writing(path) as file:
        file.write(b"x")
    reader.join(10)

    assert (read, path.is_fifo()) == ([b"x"], True)


@needs_full
def test_a_full_disk_is_one_line() -> None:
    with (
        pytest.raises(StoreError, match=r"\A/dev/full cannot be written: No space left on device\Z"),
        writing(FULL) as file,
    ):
        file.write(b"x")

    assert FULL.is_char_device()


@needs_full
def test_a_full_stdout_is_one_line() -> None:
    told = pytest.raises(StoreError, match=r"\Astdout cannot be written: No space left on device\Z")

    with FULL.open("wb", buffering=0) as stdout, told, onto(stdout, "stdout") as file:
        file.write(b"x")


@pytest.mark.parametrize("path", ["file/a.csv", "/proc/a.csv", "n" * 300])
def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()

    with pytest.raises(StoreError, match=r"\A.* cannot be written: [A-Z][a-z ]+\Z"), writing(tmp_path / path) as file:
        file.write(b"x")

    assert left_in(tmp_path) == ["file", "folder"]


def test_a_name_may_be_as_long_as_names_can_be(tmp_path: Path) -> None:
    with writing(tmp_path / ("n" * 255)) as file:
        file.write(b"x")

    assert left_in(tmp_path) == ["n" * 255]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder"), writing(tmp_path) as file:
        file.write(b"x")
