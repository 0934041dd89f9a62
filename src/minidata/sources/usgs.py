"""
Earthquakes of the last seven days, all over the world: the U.S. Geological Survey's GeoJSON feed. No key is needed.

https://earthquake.usgs.gov/earthquakes/feed/v1.0/geojson.php describes each field. One request gets all there is;
events are revised for days, and a later Run's record of an event replaces the earlier one.

Measurements are double precision: they are instrument readings, which USGS computes as such, and nobody adds them up
to a cent. What the feed writes as a shortest decimal (26.49) comes out as the same decimal again.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import AliasPath, AwareDatetime, BeforeValidator, Field

from minidata.core.pages import SinglePage
from minidata.core.rows import Row
from minidata.core.source import Source, Stream

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant_of_milliseconds(value: Any) -> Any:
    """
    Return the instant so many milliseconds after 1970-01-01 UTC, exactly; what is no whole number stays as it is.

    Only whole numbers are reckoned with: a float of seconds would be microseconds off.
    """
    if type(value) is not int:
        return value
    try:
        return _EPOCH + timedelta(milliseconds=value)
    except OverflowError:
        raise ValueError("milliseconds since 1970 that lead out of the years 1 to 9999") from None


Instant = Annotated[AwareDatetime, BeforeValidator(instant_of_milliseconds)]


def _property(name: str, description: str, **more: Any) -> Any:
    return Field(**more, validation_alias=AliasPath("properties", name), description=description)


def _coordinate(place: int, description: str) -> Any:
    return Field(validation_alias=AliasPath("geometry", "coordinates", place), description=description)


class Quake(Row):
    id: str = Field(
        description="The event's id: its network and that network's code. May change when events are merged."
    )
    magnitude: float | None = _property("mag", "Null until it is computed; small ones may be negative.")
    magnitude_type: str | None = _property("magType", "The method, for example ml, md, mb, mww.")
    place: str | None = _property("place", "Where, in words.")
    occurred_at: Instant = _property("time", "When the earth shook.")
    updated_at: Instant = _property("updated", "When this record was last revised.")
    longitude: float = _coordinate(0, "Degrees, east is positive.")
    latitude: float = _coordinate(1, "Degrees, north is positive.")
    depth: float | None = _coordinate(2, "Kilometres below the surface.")
    utc_offset_minutes: int | None = _property("tz", "Local time less UTC. Old feeds tell it.", default=None)
    type: str = _property("type", "What shook the earth: earthquake, quarry blast, …; USGS adds kinds at will.")
    status: str = _property("status", "automatic or reviewed (by a human); deleted when withdrawn.")
    significance: int = _property("sig", "0 to 1000 and more: from magnitude, felt reports and estimated impact.")
    tsunami: int = _property("tsunami", "1 for a large event in an oceanic region, else 0.")
    alert: str | None = _property("alert", "Estimated impact: green, yellow, orange, red.")
    felt: int | None = _property("felt", "How many people reported that they felt it.")
    felt_intensity: float | None = _property("cdi", "Greatest intensity that people reported.")
    instrumental_intensity: float | None = _property("mmi", "Greatest intensity that was estimated from instruments.")
    station_count: int | None = _property("nst", "Stations used to find the place.")
    nearest_station_degrees: float | None = _property("dmin", "Distance from the epicentre, 1 degree is about 111 km.")
    residual_seconds: float | None = _property("rms", "Root mean square of the travel times' residuals.")
    azimuthal_gap_degrees: float | None = _property("gap", "Greatest angle between neighbouring stations.")
    network: str = _property("net", "The network whose data are preferred.")
    code: str = _property("code", "What that network calls the event.")
    ids: str = _property("ids", "All ids of the event, each between commas.")
    networks: str = _property("sources", "All networks that contributed, each between commas.")
    products: str = _property("types", "What else there is about the event, each between commas.")
    url: str = _property("url", "The event's page.")
    detail_url: str = _property("detail", "The event's own GeoJSON.")
    title: str = _property("title", "Magnitude and place in words.")


usgs = Source(
    name="usgs",
    base_url="https://earthquake.usgs.gov/earthquakes/feed/v1.0/summary",
    description="Earthquakes of the last seven days, by the U.S. Geological Survey",
    streams=(
        Stream(
            "quakes",
            path="/all_week.geojson",
            row=Quake,
            key="id",
            records="features",
            pages=SinglePage(),
            ignore=("type", "geometry.type"),
        ),
    ),
)
