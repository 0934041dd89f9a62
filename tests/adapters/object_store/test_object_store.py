"""The object store's promises, the same for a folder, for a bucket, and for memory."""

import threading
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

import pytest
from obstore.store import LocalStore

from buckets import S3, plant
from minidata.adapters.object_store import ObjectStore
from minidata.adapters.object_store.bucket import Bucket
from minidata.adapters.object_store.folder import Folder
from minidata.core.errors import ObjectDamaged, ObjectExists, ObjectMissing, RefusedError, StoreError
from minidata.core.settings import StoreSection

KEY = "raw/shop/orders/2026-03-01/run-1/00001.json"


@pytest.fixture(params=["folder", "memory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """An empty store of each kind."""
    if request.param == "s3":
        s3: S3 = request.getfixturevalue("s3")
        return ObjectStore.open(s3.bucket(), tmp_path)
    return ObjectStore.open(StoreSection(url={"folder": "store", "memory": "memory:"}[request.param]), tmp_path)


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
    # Not by put(): a thousand requests, or flushes to the disk, are not what is tried here.
    _plant(store, keys)

    assert list(store.keys("raw")) == keys


def _plant(store: ObjectStore, keys: Sequence[str]) -> None:
    if isinstance(store.shelf, Folder):
        (store.shelf.root / "raw").mkdir(parents=True)
        for key in keys:
            (store.shelf.root / key).touch()
    elif isinstance(store.shelf, Bucket) and store.shelf.name.startswith("s3:"):
        plant(store.shelf.name, keys)
    else:
        for key in keys:
            store.shelf.create(key, b"")


def test_folders_are_what_has_something_below(store: ObjectStore) -> None:
    for key in ("raw/b/x/1", "raw/a/1", "raw/a-b/1", "raw/c"):
        store.put(key, b"")

    assert list(store.folders("raw")) == ["a", "a-b", "b"]
    assert list(store.folders()) == ["raw"]
    assert list(store.folders("nowhere")) == []


def test_what_is_deleted_is_gone_and_its_neighbour_is_not(store: ObjectStore) -> None:
    for key in ("raw/a/1", "raw/a/2", "raw/b/1"):
        store.put(key, b"body")

    store.delete(["raw/a/1", "raw/b/1", "raw/never/was"])

    assert list(store.keys()) == ["raw/a/2"]
    assert store.put("raw/b/1", b"another body")


def test_a_place_that_complains_of_what_is_not_there_loses_the_rest_all_the_same(tmp_path: Path) -> None:
    """As GCS and Azure do, and obstore's own files."""
    store = ObjectStore(Bucket("place", LocalStore(tmp_path)))
    for key in ("raw/a", "raw/b", "raw/c"):
        store.put(key, b"body")

    store.delete(["raw/a", "raw/never", "raw/b"])

    assert list(store.keys()) == ["raw/c"]


def test_nothing_is_put_where_something_is(store: ObjectStore) -> None:
    assert store.honours_create()
    assert store.honours_create()


def test_a_compressed_body_is_whole_again(store: ObjectStore) -> None:
    body = b"a body, a body, a body" * 1_000

    assert [store.put(f"{KEY}.zst", body), store.put(f"{KEY}.zst", body)] == [True, False]
    with pytest.raises(ObjectExists):
        store.put(f"{KEY}.zst", body[:-1])

    assert store.get_checked(f"{KEY}.zst", sha256(body).hexdigest(), len(body)) == body
    assert len(store.shelf.read(f"{KEY}.zst")) < len(body) / 10


def test_a_bomb_is_not_unpacked(store: ObjectStore) -> None:
    store.put("raw/x.zst", bytes(2**24))

    with pytest.raises(
        ObjectDamaged, match=r"raw/x\.zst is not what was stored there: its size is said to be 16,777,216"
    ):
        store.get_checked("raw/x.zst", "0" * 64, 1_000)


@pytest.mark.parametrize("damage", [lambda kept: kept[:-1], lambda kept: kept + b"x", lambda _: b"{}", lambda _: b""])
def test_what_is_no_longer_what_was_compressed_is_told(store: ObjectStore, damage: Callable[[bytes], bytes]) -> None:
    store.put("raw/x.zst", b"a body")
    damaged = damage(store.shelf.read("raw/x.zst"))
    store.shelf.create("raw/y.zst", damaged)

    with pytest.raises(ObjectDamaged, match=r"raw/y\.zst is not what was stored there"):
        store.get("raw/y.zst")


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


def test_sweeping_where_nothing_is_does_nothing(store: ObjectStore) -> None:
    store.sweep("raw/nowhere")

    assert list(store.keys()) == []
