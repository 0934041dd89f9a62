"""What a folder promises besides: it is its owner's alone, survives a power failure, and nothing is planted in it."""

import os
import resource
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from minidata.adapters.object_store import ObjectStore
from minidata.core.errors import ObjectExists, RefusedError, StoreError
from minidata.core.settings import StoreSection

KEY = "raw/shop/orders/2026-03-01/run-1/00001.json"


def opened(url: str, root: Path) -> ObjectStore:
    return ObjectStore.open(StoreSection(url=url), root)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the store of `in_folder` is."""
    return tmp_path / "store"


@pytest.fixture
def in_folder(tmp_path: Path) -> ObjectStore:
    return opened("store", tmp_path)


def files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_folder_is_for_its_owner_alone(in_folder: ObjectStore, folder: Path) -> None:
    mask = os.umask(0)
    try:
        in_folder.put(KEY, b"body")
    finally:
        os.umask(mask)

    modes = {path.is_dir(): stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*"))}
    assert modes == {True: 0o700, False: 0o600}


def test_a_put_leaves_its_object_and_nothing_else(in_folder: ObjectStore, folder: Path) -> None:
    in_folder.put(KEY, b"body")
    with pytest.raises(ObjectExists):
        in_folder.put(KEY, b"other")

    assert files_below(folder) == [folder / KEY]
    assert (folder / KEY).stat().st_nlink == 1


def test_a_put_is_flushed_before_and_after_it_gets_its_name(
    in_folder: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """File first, then its name, then the folder that has the name: or a power failure leaves an empty object."""
    seen: list[str] = []
    names: dict[str, Callable[..., None]] = {"fsync": os.fsync, "link": os.link}

    def spying(name: str) -> Callable[..., None]:
        def spy(*args: int) -> None:
            kind = "folder" if name == "fsync" and stat.S_ISDIR(os.fstat(args[0]).st_mode) else "file"
            seen.append(f"{name} {kind}")
            names[name](*args)

        return spy

    in_folder.put("raw/shop/other", b"")
    for name in names:
        monkeypatch.setattr(os, name, spying(name))
    in_folder.put("raw/shop/this", b"body")

    assert seen == ["fsync file", "link file", "fsync folder"]


PUT = """
import sys
from pathlib import Path
from minidata.adapters.object_store import ObjectStore
from minidata.core.settings import StoreSection
store = ObjectStore.open(StoreSection(url="store"), Path(sys.argv[1]))
store.put("raw/shop/first", b"")
store.put("raw/shop/second", b"body")
"""


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_the_kernel_hears_it_in_that_order(tmp_path: Path) -> None:
    """The same, told by the kernel: nothing in between keeps a flush for itself."""
    calls = ["strace", "-f", "-y", "-e", "trace=fsync,link,linkat,openat", "-o", str(tmp_path / "calls")]

    subprocess.run([*calls, sys.executable, "-c", PUT, tmp_path], check=True, timeout=60)

    heard = (tmp_path / "calls").read_text().splitlines()
    begin = next(number for number, line in enumerate(heard) if "O_EXCL" in line and ".part-" in line)
    again = next(n for n, line in enumerate(heard) if n > begin and "O_EXCL" in line and ".part-" in line)
    told = [line.split()[1] for line in heard[again:] if ".part-" in line or "/store/raw/shop>" in line]
    assert [call.partition("(")[0] for call in told] == ["openat", "fsync", "link", "openat", "fsync"]


def test_what_was_left_half_written_is_not_listed_and_swept(in_folder: ObjectStore, folder: Path) -> None:
    in_folder.put(KEY, b"body")
    (folder / KEY).with_name(".part-0123").write_bytes(b"ha")
    assert list(in_folder.keys()) == [KEY]

    in_folder.sweep("raw/shop/orders")

    assert files_below(folder) == [folder / KEY]


@pytest.mark.parametrize("plant", [lambda path: path.symlink_to("/etc/passwd"), os.mkfifo, os.mkdir])
def test_what_is_planted_where_an_object_should_be_is_refused(
    in_folder: ObjectStore, folder: Path, plant: Callable[[Path], None]
) -> None:
    in_folder.put("raw/neighbour", b"")
    plant(folder / "raw" / "x")

    for ask in (in_folder.get, lambda key: in_folder.put(key, b"body")):
        with pytest.raises(RefusedError, match="raw/x is no file"):
            ask("raw/x")


def test_a_link_planted_where_a_folder_should_be_is_refused(
    in_folder: ObjectStore, folder: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x").write_bytes(b"secret")
    folder.mkdir()
    (folder / "raw").symlink_to(outside)

    for ask in (in_folder.get, lambda key: in_folder.put(key, b""), lambda _: list(in_folder.keys("raw"))):
        with pytest.raises(RefusedError, match="raw is no folder"):
            ask("raw/x")
    assert files_below(outside) == [outside / "x"]


def test_a_planted_link_is_told_by_a_listing(in_folder: ObjectStore, folder: Path) -> None:
    folder.mkdir()
    (folder / "raw").symlink_to("/etc")

    with pytest.raises(RefusedError, match="raw is no file"):
        list(in_folder.keys())


def test_the_root_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "store").symlink_to("disk")

    opened("store", tmp_path).put(KEY, b"body")

    assert (tmp_path / "disk" / KEY).read_bytes() == b"body"


def test_a_store_is_not_made_where_nobody_made_a_place(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="not/there: No such file or directory"):
        opened("not/there", tmp_path).put(KEY, b"")


def test_a_file_where_the_store_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("I am a file")

    for ask in (lambda store: store.put(KEY, b""), lambda store: list(store.keys()), lambda store: store.get(KEY)):
        with pytest.raises((StoreError, RefusedError), match="store"):
            ask(opened("store", tmp_path))


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond *size*: what a full disk looks like, at the byte we choose."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [0, 1, 4096, 9_999])
def test_a_full_disk_leaves_nothing(in_folder: ObjectStore, folder: Path, size: int) -> None:
    with largest_file(size), pytest.raises(StoreError, match="File too large"):
        in_folder.put(KEY, bytes(10_000))

    assert files_below(folder) == []
    assert in_folder.put(KEY, bytes(10_000))


READ_ONLY = """
import os, sys
from pathlib import Path
from minidata.adapters.object_store import ObjectStore
from minidata.core.errors import StoreError
from minidata.core.settings import StoreSection
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
store = ObjectStore.open(StoreSection(url="store"), Path(sys.argv[1]))
for ask in (lambda: store.put("raw/y", b""), lambda: store.get("raw/x")):
    try:
        ask()
    except StoreError as exc:
        print(exc)
"""


def test_a_store_that_may_not_be_written_or_read_is_told(in_folder: ObjectStore, folder: Path, tmp_path: Path) -> None:
    """Nobody is root here, who may do anything: asked as somebody else."""
    in_folder.put("raw/x", b"")
    (folder / "raw" / "x").chmod(0)
    (folder / "raw").chmod(0o555)
    folder.chmod(0o755)
    for above in (tmp_path, *tmp_path.parents[:-2]):
        above.chmod(above.stat().st_mode | 0o055)

    done = subprocess.run(
        [sys.executable, "-c", READ_ONLY, tmp_path], capture_output=True, text=True, check=True, timeout=60
    )
    (folder / "raw").chmod(0o700)

    put, get = done.stdout.splitlines()
    assert put.startswith(f"object store: {folder / 'raw'}")
    assert put.endswith(": Permission denied")
    assert get == f"object store: {folder / 'raw' / 'x'}: Permission denied"


def test_a_file_url_is_a_folder(tmp_path: Path) -> None:
    opened((tmp_path / "there").as_uri(), tmp_path / "elsewhere").put(KEY, b"body")

    assert (tmp_path / "there" / KEY).read_bytes() == b"body"
