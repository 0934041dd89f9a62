"""Names for what is found: of Sources, Streams, classes and fields, each legal where it goes."""

import keyword
import re
import unicodedata
from collections.abc import Collection

from minidata.core.columns import RESERVED
from minidata.core.rows import Row

# Longer ones would not leave room for a type in a line of 88 characters, which is what formatters allow by default.
LONGEST_FIELD = 40
LONGEST_CLASS = 24
# What a field cannot be called, because a Row has it, or because the file uses the name for something else.
_TAKEN = frozenset({*dir(Row), *keyword.kwlist, *RESERVED, "bool", "dict", "dt", "int", "list", "str"})
_LEGAL = re.compile(r"[a-z][A-Za-z0-9_]*\Z")
_VERSION = re.compile(r"v\d+(\.\d+)*\Z|api\Z|rest\Z", re.IGNORECASE)
_ENDING = re.compile(r"\.(json|geojson|jsonl|ndjson|php|aspx?|ya?ml)\Z", re.IGNORECASE)
_SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gov", "net", "or", "org"})
_SAME_IN_PLURAL = frozenset({"news", "series", "species", "status", "address", "process", "analytics", "sales", "bus"})


def snake(text: str) -> str:
    """Return *text* in lower-case ASCII words joined by _; "" when nothing of it is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    plain = re.sub(r"^[+-](?=\d)", lambda sign: "plus_" if sign[0] == "+" else "minus_", plain)
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+", "_", plain)
    return re.sub(r"_+", "_", words).strip("_").lower()


def field_name(text: str, taken: Collection[str], *, column: bool) -> str:
    """
    Return what a field is called that the API calls *text*, unlike all that are *taken*.

    It is the same wherever that is legal. A *column* is in lower case: else it would have to be quoted in every query.
    """
    keeps = _LEGAL.match(text) and (text == text.lower() or not column)
    name = text if keeps else snake(text)
    if not name[:1].isalpha():
        name = f"field_{name}".rstrip("_")
    name = name[:LONGEST_FIELD].rstrip("_")
    if name.startswith("model_") or name in _TAKEN:
        name = f"{name}_"
    return _unlike(name, taken, "_", LONGEST_FIELD + 1)


def class_name(text: str, taken: Collection[str], above: str = "") -> str:
    """Return a class's name for one of *text*, unlike all that are *taken*: with *above* before it where needed."""
    name = "".join(word.capitalize() for word in snake(singular(snake(text))).split("_")) or "Record"
    name = name if name[0].isalpha() else f"N{name}"
    if name in taken and above:
        name = f"{above[: LONGEST_CLASS // 2]}{name}"
    return _unlike(name[:LONGEST_CLASS], taken, "", LONGEST_CLASS)


def singular(name: str) -> str:
    """Return the name of one of *name*, as far as English is regular."""
    head, _, word = name.rpartition("_")
    if word in _SAME_IN_PLURAL or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return name
    if word.endswith("ies") and len(word) > len("ties"):
        word = f"{word[:-3]}y"
    elif word.endswith(("sses", "xes", "ches", "shes", "uses")):
        word = word[:-2]
    else:
        word = word[:-1]
    return f"{head}_{word}" if head else word


def stream_name(path: str) -> str:
    """Return a Stream's name for an endpoint at *path*: its last word that is no number and no placeholder."""
    words = [snake(_ENDING.sub("", word)) for word in path.split("/") if word and not word.startswith("{")]
    named = [word for word in words if word[:1].isalpha() and not _VERSION.match(word)]
    return named[-1][:LONGEST_FIELD].rstrip("_") if named else "records"


def source_name(host: str) -> str:
    """Return a Source's name for an API at *host*: the domain's own word; "" where there is none, as in an address."""
    labels = host.lower().split(".")
    if len(labels) > 2 and labels[-2] in _SECOND_LEVEL and len(labels[-1]) == 2:  # noqa: PLR2004 - co.uk
        labels = labels[:-1]
    name = snake(labels[-2]) if len(labels) > 1 else ""
    return name if name[:1].isalpha() else ""


def _unlike(name: str, taken: Collection[str], joint: str, longest: int) -> str:
    number, unique = 2, name
    while unique in taken:
        tail = f"{joint}{number}"
        unique = f"{name[: longest - len(tail)]}{tail}"
        number += 1
    return unique
