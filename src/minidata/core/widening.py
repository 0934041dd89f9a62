"""Which column types hold all values of another: the same ones, to the last digit, as if loaded there."""

import re

_BIGINT_DIGITS = 19
_FIXED = re.compile(r"numeric\((\d+),(-?\d+)\)\Z")


def holds_all(old: str, new: str) -> bool:
    """
    Return whether a column of the type *old* may become one of the type *new*.

    ``numeric(9,2)`` may become ``numeric(11,4)``, but not ``numeric``: there 1.1 would have stayed 1.1, and is 1.10.
    """
    if new == "numeric":
        return old == "bigint"
    digits, places = _whole_digits_and_places(old)
    more, finer = _whole_digits_and_places(new)
    return 0 < digits <= more and places <= finer and new.startswith("numeric")


def _whole_digits_and_places(kind: str) -> tuple[int, int]:
    if kind == "bigint":
        return _BIGINT_DIGITS, 0
    fixed = _FIXED.match(kind)
    if fixed is None:
        return 0, 0
    digits, places = int(fixed[1]), int(fixed[2])
    return digits - places, places
