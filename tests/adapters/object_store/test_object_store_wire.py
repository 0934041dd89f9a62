"""A bucket behind a bad line: what was put is there once and whole, and what is refused is told in one line."""

import random
import threading
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from buckets import S3, BadLine, Fault, bad_line_to, cut, done_but_cut, refusal
from minidata.adapters.object_store import ObjectStore
from minidata.core.errors import ObjectDamaged, ObjectExists, ObjectMissing, StoreError
from minidata.core.settings import StoreSection

KEY = "raw/shop/orders/2026-03-01/run-1/00001.json"
OVERLOADED = refusal(503, "SlowDown", "Please reduce your request rate.")
CONFLICT = refusal(409, "ConditionalRequestConflict")
EXISTS = refusal(412, "PreconditionFailed")
BROKEN = refusal(500, "InternalError")


@pytest.fixture
def line(s3: S3) -> Iterator[BadLine]:
    with bad_line_to(s3) as line:
        yield line
        line.shutdown()


@pytest.fixture
def settings(line: BadLine, s3: S3) -> StoreSection:
    return s3.bucket().model_copy(update={"endpoint": line.url})


@pytest.fixture
def store(settings: StoreSection) -> ObjectStore:
    return ObjectStore.open(settings, Path())


@pytest.mark.parametrize("fault", [OVERLOADED, BROKEN, CONFLICT, cut], ids=["503", "500", "409", "cut"])
def test_a_put_is_sent_again(store: ObjectStore, line: BadLine, fault: Fault) -> None:
    line.plans("PUT", fault, fault)

    assert store.put(KEY, bytes(200_000))

    assert line.heard.count("PUT") == 3
    assert store.get(KEY) == bytes(200_000)


def test_a_put_that_was_done_and_not_answered_is_done(store: ObjectStore, line: BadLine) -> None:
    line.plans("PUT", done_but_cut)

    assert not store.put(KEY, b"body")

    assert store.get(KEY) == b"body"


def test_a_conflict_with_one_that_wins_is_no_error_when_it_put_the_same(store: ObjectStore, line: BadLine) -> None:
    store.put(KEY, b"body")
    line.plans("PUT", CONFLICT)

    assert not store.put(KEY, b"body")


def test_a_key_that_is_taken_keeps_its_bytes(store: ObjectStore, line: BadLine) -> None:
    store.put(KEY, b"body")
    line.plans("PUT", EXISTS)

    with pytest.raises(ObjectExists, match=KEY):
        store.put(KEY, b"other")


def test_a_store_that_contradicts_itself_is_given_up(
    store: ObjectStore, line: BadLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random, "random", lambda: 0.01)
    line.plans("PUT", *[EXISTS] * 5)

    with pytest.raises(StoreError, match="is said to be there, and then not to be"):
        store.put(KEY, b"body")


@pytest.mark.parametrize("fault", [OVERLOADED, cut], ids=["503", "cut"])
@pytest.mark.parametrize("ask", ["get", "keys", "folders", "delete"])
def test_what_is_asked_is_asked_again(store: ObjectStore, line: BadLine, fault: Fault, ask: str) -> None:
    store.put(KEY, b"body")
    for method in ("GET", "POST"):
        line.faults[method] = [fault]

    if ask == "get":
        assert store.get(KEY) == b"body"
    elif ask == "delete":
        store.delete([KEY])
        assert list(store.keys()) == []
    else:
        assert list(getattr(store, ask)("raw/shop")) == [KEY if ask == "keys" else "orders"]


REFUSALS = {
    "credentials": (refusal(403, "InvalidAccessKeyId"), "InvalidAccessKeyId: because", "whose credentials are used"),
    "rights": (refusal(403, "AccessDenied", "Access Denied"), "AccessDenied: Access Denied", "whose credentials"),
    "expired": (refusal(400, "ExpiredToken", "It has expired."), "ExpiredToken: It has expired.", "log in again"),
    "region": (refusal(400, "AuthorizationHeaderMalformed", "expecting 'x-1'"), "expecting 'x-1'", "store.region"),
    "redirect": (refusal(301, "PermanentRedirect"), "another region", "store.region"),
    "unnamed": (lambda line: line.say(403, b"<html>a-session-token</html>"), "403", "whose credentials"),
    "echo": (refusal(400, "Odd", "you sent a-session-token"), r"Odd: you sent \*\*\*", ""),
}


@pytest.mark.parametrize("ask", ["put", "get", "keys"])
@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_is_one_line_and_no_storm(store: ObjectStore, line: BadLine, name: str, ask: str) -> None:
    fault, told, hint = REFUSALS[name]
    method = "PUT" if ask == "put" else "GET"
    line.plans(method, *[fault] * 9)
    asks: dict[str, Callable[[], object]] = {
        "put": lambda: store.put(KEY, b""),
        "get": lambda: store.get(KEY),
        "keys": lambda: list(store.keys()),
    }

    with pytest.raises(StoreError, match=told) as caught:
        asks[ask]()

    assert line.heard == [method]
    assert hint in caught.value.hint
    assert str(caught.value).startswith("s3://bucket-")
    assert "a-session-token" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_store_that_is_overloaded_for_long_is_told(store: ObjectStore, line: BadLine) -> None:
    line.plans("GET", *[OVERLOADED] * 99)

    with pytest.raises(StoreError, match=r"SlowDown: Please reduce your request rate\.") as caught:
        store.get(KEY)

    assert "wants to be asked less" in caught.value.hint
    assert len(line.heard) == 6


def test_a_bucket_that_is_not_there_is_told_and_not_made(s3: S3) -> None:
    settings = s3.bucket().model_copy(update={"url": "s3://no-such-bucket/x"})
    store = ObjectStore.open(settings, Path())

    for ask in (lambda: store.put(KEY, b""), lambda: store.get(KEY), lambda: list(store.keys())):
        with pytest.raises(StoreError, match="NoSuchBucket") as caught:
            ask()
        assert not isinstance(caught.value, ObjectMissing)
        assert "minidata never makes a bucket" in caught.value.hint
    assert b"no-such-bucket" not in s3.ask("GET", "/")


@pytest.mark.usefixtures("s3")
def test_nobody_at_the_endpoint_is_told() -> None:
    settings = StoreSection(url="s3://bucket", endpoint="http://127.0.0.1:9")

    with pytest.raises(StoreError, match=r"s3://bucket: raw/x: .*sending request \(Connection refused\)"):
        ObjectStore.open(settings, Path()).get("raw/x")


def test_a_flipped_bit_is_seen_and_its_neighbour_read(s3: S3) -> None:
    store = ObjectStore.open(s3.bucket(), Path())
    digest = sha256(b"body").hexdigest()
    store.put("raw/x", b"body")
    store.shelf.create("raw/y", b"bodx")

    assert store.get_checked("raw/x", digest, 4) == b"body"
    with pytest.raises(ObjectDamaged, match="checksum mismatch: object raw/y"):
        store.get_checked("raw/y", digest, 4)


class TestAStoreThatIgnoresConditions:
    @pytest.fixture(autouse=True)
    def _ignorant(self, line: BadLine) -> None:
        line.conditions = False

    def test_it_is_found_out(self, store: ObjectStore) -> None:
        assert not store.shelf.proven
        assert not store.honours_create()

    def test_looking_first_keeps_what_is_there(self, store: ObjectStore) -> None:
        careful = store.looking_first()

        assert [careful.put(KEY, b"body"), careful.put(KEY, b"body")] == [True, False]
        with pytest.raises(ObjectExists):
            careful.put(KEY, b"other")
        assert careful.get(KEY) == b"body"


def test_one_that_was_asked_once_is_asked_with_one_request_more(store: ObjectStore, line: BadLine) -> None:
    assert store.honours_create()
    line.plans("PUT")

    assert store.honours_create()

    assert line.heard == ["PUT", "PUT"]


def test_writers_through_a_bad_line_leave_one_object(store: ObjectStore, line: BadLine) -> None:
    line.plans("PUT", cut, CONFLICT, OVERLOADED, done_but_cut)
    outcomes: list[bool] = []
    threads = [threading.Thread(target=lambda: outcomes.append(store.put(KEY, b"body"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(outcomes) == 8
    assert sum(outcomes) <= 1
    assert store.get(KEY) == b"body"
