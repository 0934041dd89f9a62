"""The ids of Runs, and of whatever else is done at one moment: they sort by time."""

from datetime import UTC, datetime


def run_id(at: datetime, tail: str) -> str:
    """Return the id of a Run begun *at*: sorts by time; *tail* (hex digits) keeps two of one microsecond apart."""
    return f"{at.astimezone(UTC):%Y%m%dt%H%M%S%f}z-{tail}"
