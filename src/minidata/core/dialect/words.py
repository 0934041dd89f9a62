"""What words of a config may be: readers of their values, which say what will not do, and where."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from minidata.core.errors import ConfigError, UnknownName
from minidata.core.places import Place

# Another program does what is not done here.
ELSEWHERE = "`minidata analyze --runner dbt` has dbt itself run the project"
# How a word's value is read: the word, the value as it is written, and where.
Reader = Callable[[str, Any, Place], Any]

# So much alike are a word and the same word mistyped; short ones are alike by chance.
_ALIKE, _LONG = 0.85, 6


def check_no_slip(kind: str, key: str, known: Collection[str], place: Place) -> None:
    """Raise UnknownName when *key*, which is not one of *known*, is nearly one: any other is the author's own."""
    import difflib  # noqa: PLC0415 - few projects have words of their own

    if len(key) >= _LONG and difflib.get_close_matches(key, known, n=1, cutoff=_ALIKE):
        raise UnknownName(kind, key, known, where=str(place), hint="put words of your own under meta")


def choice(*choices: str, hint: str = "") -> Reader:
    """Return a reader of one of *choices*."""

    def read(key: str, value: Any, place: Place) -> str:
        if value not in choices:
            said = f"it is one of {', '.join(choices)}"
            raise ConfigError(f"{place}: {key} is {value!r}", hint=f"{said}; {hint}" if hint else said)
        return str(value)

    return read


def flag(key: str, value: Any, place: Place) -> bool:
    """Return true or false."""
    if isinstance(value, str) and value.strip().lower() in {"true", "false"}:
        return value.strip().lower() == "true"
    if not isinstance(value, bool):
        raise ConfigError(f"{place}: {key} is {value!r}", hint="it is true or false")
    return value


def words(key: str, value: Any, place: Place) -> tuple[str, ...]:
    """Return a word, or a list of them, as a tuple."""
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list | tuple) or not all(isinstance(word, str) for word in found):
        raise ConfigError(f"{place}: {key} must be a word or a list of words")
    return tuple(found)


def mapping(key: str, value: Any, place: Place) -> Mapping[str, Any]:
    """Return a mapping."""
    if not isinstance(value, Mapping):
        raise ConfigError(f"{place}: {key} must be a mapping and is {value!r}")
    return dict(value)
