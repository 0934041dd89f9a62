"""Keys of Runs and Pages, whose order is the order of time, and manifests, read whole and page by page."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from minidata.core.errors import ObjectDamaged
from minidata.core.run_ids import run_id
from minidata.core.runs import (
    Manifest,
    ObjectKey,
    Page,
    RunKey,
    began,
    manifest_key,
    page_key,
    run_prefix,
)

AT = datetime(2026, 1, 31, 23, 59, 59, 7, tzinfo=UTC)
PREFIX = run_prefix("shop", "orders", run_id(AT, "00000001"))


def test_keys_of_pages_sort_by_number_beyond_five_digits() -> None:
    numbers = [1, 9, 10, 99_998, 99_999, 100_000, 100_001, 999_999, 1_000_000, 10_000_000]

    keys = [page_key(PREFIX, number) for number in numbers]

    assert keys == sorted(keys)
    assert [key.rpartition("/")[2] for key in keys[4:6]] == ["99999.json", "a100000.json"]


def test_a_page_s_key_tells_where_it_belongs() -> None:
    for number in (1, 100_000):
        parts = ObjectKey.parse(page_key(PREFIX, number, ".zst"))
        assert parts
        assert (parts.source, parts.stream, run_prefix(*parts[:3])) == ("shop", "orders", PREFIX)
        assert RunKey.parse(page_key(PREFIX, number)) is None
    assert RunKey.parse(manifest_key(PREFIX))


def test_a_run_s_id_tells_when_it_began() -> None:
    there = AT.astimezone(timezone(timedelta(hours=9)))

    assert began(run_id(there, "00000001")) == AT


@pytest.mark.parametrize("run", ["", "run-1", "20261331t000000000000z-1", "20260131t06"])
def test_an_id_that_is_not_ours_tells_nothing(run: str) -> None:
    assert began(run) is None


def manifest() -> Manifest:
    pages = tuple(
        Page(
            number=number,
            key=page_key(PREFIX, number),
            sha256="0" * 64,
            size=number,
            status=200,
            url="http://127.0.0.1/",
            fetched_at=AT,
            context={"place": [number, 1.5, "ö", None]},
            repeated=(number,),
        )
        for number in range(1, 4)
    )
    run = run_id(AT, "00000001")
    return Manifest(
        source="shop", stream="orders", run=run, started_at=AT, finished_at=AT, pages=pages, minidata="0", records=7
    )


def read_apart(body: bytes) -> Manifest:
    bare, pages = Manifest.parse_apart(manifest_key(PREFIX), body)
    assert bare.pages == ()
    return bare.model_copy(update={"pages": tuple(pages)})


def test_pages_read_one_by_one_are_those_of_the_manifest() -> None:
    whole = manifest()
    pages = [page.model_dump_json(exclude_defaults=True).encode() for page in whole.pages]

    for body in (whole.encoded(), whole.model_copy(update={"pages": ()}).encoded(pages)):
        assert read_apart(body) == Manifest.parse(manifest_key(PREFIX), body) == whole


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ('"size": 2', '"size": "two"'),
        ('"size": 2', '"size": 2, "later": 1'),
        ('"version": 1', '"version": 2'),
        ('"pages"', '"leaves"'),
        ('"records": 7', '"records": 7, "later": 1'),
        ('"stream": "orders"', '"stream": "others"'),
        ("}", "}}"),
        ('"size": 2', '"size": 2,'),
    ],
)
def test_a_manifest_that_is_damaged_is_so_either_way(good: str, bad: str) -> None:
    body = manifest().encoded().decode().replace(good, bad, 1).encode()

    with pytest.raises(ObjectDamaged) as whole:
        Manifest.parse(manifest_key(PREFIX), body)
    with pytest.raises(ObjectDamaged) as apart:
        read_apart(body)

    assert str(apart.value) == str(whole.value)
