"""The object store's promises: the same for a folder and for a bucket, and what a folder promises besides."""

import os
import resource
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from minidata.adapters.object_store import ObjectStore
from minidata.core.errors import ConfigError, ObjectExists, ObjectMissing, RefusedError, StoreError
from minidata.core.settings import StoreSection

KEY = "raw/shop/orders/2026-03-01/run-1/00001.json"


def opened(url: str, root: Path) -> ObjectStore:
    return ObjectStore.open(StoreSection(url=url), root)


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """An empty store of either kind."""
    return opened("memory:" if request.param == "memory" else "store", tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the store of `in_folder` is."""
    return tmp_path / "store"


@pytest.fixture
def in_folder(tmp_path: Path) -> ObjectStore:
    return opened("store", tmp_path)


def test_what_was_put_is_there(store: ObjectStore) -> None:
    assert store.put(KEY, b"\x00body\xff")

    assert store.get(KEY) == b"\x00body\xff"
    assert store.get_checked(KEY, sha256(b"\x00body\xff").hexdigest(), 6) == b"\x00body\xff"


def test_an_empty_object_is_an_object(store: ObjectStore) -> None:
    store.put(KEY, b"")

    assert (store.get(KEY), list(store.keys())) == (b"", [KEY])


def test_the_same_bytes_again_change_nothing(store: ObjectStore) -> None:
    assert [store.put(KEY, b"body"), store.put(KEY, b"body")] == [True, False]


def test_other_bytes_are_refused(store: ObjectStore) -> None:
    store.put(KEY, b"body")

    with pytest.raises(ObjectExists, match=KEY):
        store.put(KEY, b"other")
    assert store.get(KEY) == b"body"


def test_what_is_not_there_is_told(store: ObjectStore) -> None:
    with pytest.raises(ObjectMissing, match=f"object {KEY} is not in the object store"):
        store.get(KEY)


def test_other_bytes_than_were_stored_are_seen(store: ObjectStore) -> None:
    store.put(KEY, b"body")

    with pytest.raises(StoreError, match=f"checksum mismatch: object {KEY}"):
        store.get_checked(KEY, sha256(b"bodies").hexdigest(), 4)


def test_keys_come_sorted_and_whole_parts_of_them_are_a_prefix(store: ObjectStore) -> None:
    keys = ["a/b/1", "a/b/10", "a/b/2", "a/b-c/1", "a/bc/1", "a/b.json", "z"]
    for key in keys:
        store.put(key, b"")

    assert list(store.keys()) == sorted(keys)
    assert list(store.keys("a/b")) == ["a/b/1", "a/b/10", "a/b/2"]
    assert list(store.keys("nowhere")) == []


def test_an_empty_store_has_no_keys(store: ObjectStore) -> None:
    assert list(store.keys()) == []


def test_keys_go_on_beyond_a_thousand(store: ObjectStore) -> None:
    keys = [f"raw/{number:05d}" for number in range(1_205)]
    for key in keys:
        # Not by put(): a thousand flushes to the disk are not what is tried here.
        store.shelf.create(key, b"") if "memory" in str(store) else _plant(store, key)

    assert list(store.keys("raw")) == keys


def _plant(store: ObjectStore, key: str) -> None:
    path: Path = store.shelf.root / key  # type: ignore[attr-defined]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/",
        "/etc/passwd",
        "..",
        "../x",
        "a/../../b",
        "a/./b",
        "a//b",
        "a/",
        ".git/x",
        "a/.part-1",
        "a\\b",
        "c:x",
        "a b",
        "a\n",
        "é",
        "%2e%2e/x",
        "-rf",
        "a\x00",
        "x" * 201,
        "a/" * 600 + "b",
    ],
)
def test_what_cannot_be_a_key_is_refused(store: ObjectStore, key: str) -> None:
    for ask in (store.get, lambda key: store.put(key, b""), store.sweep):
        with pytest.raises(RefusedError, match="cannot be a key"):
            ask(key)


def test_writers_of_one_key_leave_one_whole_object(store: ObjectStore) -> None:
    won: list[bool] = []
    bodies = [bytes([number]) * 10_000 for number in range(8)]

    def write(body: bytes) -> None:
        try:
            won.append(store.put(KEY, body))
        except ObjectExists:
            won.append(False)

    threads = [threading.Thread(target=write, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(won) == [False] * 7 + [True]
    assert store.get(KEY) in bodies


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


def test_what_was_left_half_written_is_not_listed_and_swept(in_folder: ObjectStore, folder: Path) -> None:
    in_folder.put(KEY, b"body")
    (folder / KEY).with_name(".part-0123").write_bytes(b"ha")
    assert list(in_folder.keys()) == [KEY]

    in_folder.sweep("raw/shop/orders")

    assert files_below(folder) == [folder / KEY]


def test_sweeping_where_nothing_is_does_nothing(store: ObjectStore) -> None:
    store.sweep("raw/nowhere")

    assert list(store.keys()) == []


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


@pytest.mark.parametrize("url", ["ftp://host/x", "http://host/x", "postgres://host/x"])
def test_a_kind_of_store_that_there_is_not_is_told(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no kind of store called"):
        opened(url, tmp_path)


def test_credentials_in_a_store_s_url_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="must have no credentials in it") as caught:
        opened("s3://key:hunter2@bucket/x", tmp_path)

    assert "hunter2" not in str(caught.value)


def test_a_file_url_is_a_folder(tmp_path: Path) -> None:
    opened((tmp_path / "there").as_uri(), tmp_path / "elsewhere").put(KEY, b"body")

    assert (tmp_path / "there" / KEY).read_bytes() == b"body"
