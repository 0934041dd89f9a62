"""Dates and times as text: which texts a column takes, and why another one is not taken."""

import re

_DAY = r"-\d\d-\d\d"
_CLOCK = r"\d\d:\d\d(:\d\d([.,]\d{1,6}0*)?)?"
# RFC 3339, with offsets that Postgres reads (less than 16 hours).
_OFFSET = r"(0\d|1[0-5]):?[0-5]\d"
_UTC = r"[Zz]|[+-]00:?00"
# In the first and the last year an offset may lead out of the years that Python and Postgres share.
INSTANT_TEXT = "|".join(
    rf"^{year}{_DAY}[Tt ]{_CLOCK}({_UTC}|{sign}{_OFFSET})$"
    for year, sign in (
        (r"(000[2-9]|00[1-9]\d|0[1-9]\d\d|[1-8]\d{3}|9[0-8]\d\d|99[0-8]\d|999[0-8])", "[+-]"),
        ("0001", "-"),
        ("9999", "[+]"),
    )
)
DATETIME_TEXT = rf"^\d{{4}}{_DAY}[Tt ]{_CLOCK}$"
DATE_TEXT = rf"^\d{{4}}{_DAY}$"
TIME_TEXT = rf"^{_CLOCK}$"
# No years and months, which are of no certain length.
_N = r"\d+([.,]\d{1,6}0*)?"
_HOURS = rf"T({_N}H({_N}M)?({_N}S)?|{_N}M({_N}S)?|{_N}S)"
INTERVAL_TEXT = rf"^[-+]?P({_N}W|{_N}D({_HOURS})?|{_HOURS})$"

# What is wrong → what would be right: the errors of the rewritten schema, and their messages.
EXPECTED = {
    "bad_instant": "an ISO 8601 date and time with its zone, such as 2024-02-29T12:00:00Z",
    "bad_datetime": "an ISO 8601 date and time without a zone, such as 2024-02-29T12:00:00",
    "bad_date": "an ISO 8601 date, such as 2024-02-29",
    "bad_time": "an ISO 8601 time without a zone, such as 12:00:00",
    "bad_interval": "an ISO 8601 duration without years and months, such as P1DT1H30M",
}

_LONGEST = 100
_FRACTION = r"[.,][0-9]*"
_ZONELESS = re.compile(rf"[0-9]{{4}}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d({_FRACTION})?)?\Z")
_ZONED = re.compile(rf"[0-9]{{4}}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d({_FRACTION})?)?[+-]\d\d:?\d\d\Z")
_DURATION = re.compile(INTERVAL_TEXT)
_FINE = re.compile(r"[^.,]*[.,][0-9]{6}[0-9]*?[1-9]")


def code_of_bad_time(kind: str, value: object) -> str:
    """Return the quarantine's code for a *value* that is no date or time of its *kind*, one of EXPECTED."""
    if not isinstance(value, str):
        return "WRONG_TYPE"
    if len(value) > _LONGEST:
        return "BAD_TIME"
    if kind == "bad_instant" and _ZONELESS.match(value):
        return "NAIVE_TIME"
    if kind != "bad_date" and _FINE.match(value):
        return "PRECISION"
    whole = {"bad_instant": _ZONED, "bad_interval": _DURATION}.get(kind)
    return "OUT_OF_RANGE" if whole and whole.match(value) else "BAD_TIME"
