"""The earthquake feed: what its file says is what the rows say."""

import json
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drifting import remarked
from minidata.core.bodies.payload import parse, records_of
from minidata.core.fitting.checking import Checked, checker_of
from minidata.sources.usgs import Quake, instant_of_milliseconds, usgs

ROOT = Path(__file__).parents[2]
SMALL = ROOT / "tests" / "data" / "usgs_small.geojson"
WHOLE = ROOT.parent / "shared" / "data" / "usgs_all_week.geojson"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# The file's names of the properties, by the columns': written down again, so that a slip in the Row is seen.
PROPERTIES = {
    "magnitude": "mag",
    "magnitude_type": "magType",
    "place": "place",
    "utc_offset_minutes": "tz",
    "type": "type",
    "status": "status",
    "significance": "sig",
    "tsunami": "tsunami",
    "alert": "alert",
    "felt": "felt",
    "felt_intensity": "cdi",
    "instrumental_intensity": "mmi",
    "station_count": "nst",
    "nearest_station_degrees": "dmin",
    "residual_seconds": "rms",
    "azimuthal_gap_degrees": "gap",
    "network": "net",
    "code": "code",
    "ids": "ids",
    "networks": "sources",
    "products": "types",
    "url": "url",
    "detail_url": "detail",
    "title": "title",
}


def milliseconds(instant: datetime) -> Fraction:
    return Fraction((instant - EPOCH) // timedelta(microseconds=1), 1000)


def checked(body: bytes) -> Checked:
    return checker_of(Quake).check(records_of(parse(body), usgs.stream("quakes").records))


def expected(feature: dict[str, Any]) -> dict[str, Any]:
    """What a row of *feature* must say, instants as milliseconds; read with the standard library's JSON."""
    told = feature["properties"]
    places = dict(zip(("longitude", "latitude", "depth"), feature["geometry"]["coordinates"], strict=True))
    times = {"occurred_at": told["time"], "updated_at": told["updated"]}
    return {"id": feature["id"]} | times | places | {column: told.get(name) for column, name in PROPERTIES.items()}


def said(row: Any) -> dict[str, Any]:
    return {name: milliseconds(value) if isinstance(value, datetime) else value for name, value in row.items()}


@pytest.mark.parametrize("path", [SMALL, WHOLE], ids=lambda path: path.name)
def test_each_field_equals_the_files(path: Path) -> None:
    if not path.exists():
        pytest.skip(f"{path} is not here: it is shared data, no part of this repository")
    body = path.read_bytes()
    document = json.loads(body)

    page = checked(body)

    assert page.rejected == ()
    assert len(page.rows) == document["metadata"]["count"]
    assert [said(row) for row in page.rows] == [expected(feature) for feature in document["features"]]


def test_every_property_of_the_feed_is_a_column() -> None:
    features = json.loads(SMALL.read_bytes())["features"]
    told = {name for feature in features for name in feature["properties"]}

    assert told == {*PROPERTIES.values(), "time", "updated"}
    assert {column.name for column in usgs.stream("quakes").columns} == expected(features[0]).keys()
    assert {code for code, _ in remarked(usgs.stream("quakes"), features)} <= {"NEVER", "ALWAYS_NULL"}


def test_columns_have_the_types_of_what_they_measure() -> None:
    types = {column.name: column.type for column in usgs.stream("quakes").columns}

    assert types["occurred_at"] == "timestamptz"
    assert types["depth"] == types["magnitude"] == "double precision"
    assert types["felt"] == types["significance"] == "bigint"
    assert types["type"] == "text"


def test_what_is_measured_may_be_unknown_but_never_which_and_when() -> None:
    required = {column.name for column in usgs.stream("quakes").columns if not column.nullable}

    assert {"id", "occurred_at", "updated_at", "longitude", "latitude", "type", "status"} <= required
    assert not required & {"magnitude", "place", "depth", "felt", "alert"}


@given(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis adds the zone
def test_milliseconds_become_their_exact_instant(moment: datetime) -> None:
    whole = (moment - EPOCH) // timedelta(milliseconds=1)

    assert milliseconds(instant_of_milliseconds(whole)) == whole


@pytest.mark.parametrize(
    "time", ["1699999999999.5", "1.7e12", '"2023-11-14"', "true", "null", "1" + "0" * 18, "-" + "9" * 15]
)
def test_what_is_no_number_of_milliseconds_is_quarantined(time: str) -> None:
    page = checked(SMALL.read_bytes().replace(b"1699999999999", time.encode()))

    assert [(reason.record, reason.pointer) for reason in page.rejected] == [(0, "/properties/time")]
    assert len(page.rows) == 2


@pytest.mark.parametrize(
    ("old", "new", "pointer"),
    [
        (b'"felt": 1204', b'"felt": 1204.5', "/properties/felt"),
        (b'"mag": 7.1', b'"mag": "7.1"', "/properties/mag"),
        (b'"status": "reviewed"', b'"status": null', "/properties/status"),
        (b"[-179.9999, -65.8617, 573.76]", b"[-179.9999]", "/geometry/coordinates/1"),
        (b'"id": "us0000aaaa"', b'"id": 7', "/id"),
    ],
)
def test_what_does_not_fit_is_named(old: bytes, new: bytes, pointer: str) -> None:
    page = checked(SMALL.read_bytes().replace(old, new))

    assert pointer in {reason.pointer for reason in page.rejected}
    assert {reason.record for reason in page.rejected} == {0}
