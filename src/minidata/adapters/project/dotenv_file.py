"""``.env``, written: one variable at a time, and everything else in it stays as it is."""

import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import Binding, parse_stream

from minidata.adapters.project.files import write_atomically
from minidata.core.errors import ConfigError

_PLAIN = re.compile(r"[A-Za-z0-9_./+:@%=-]+")


def set_in_dotenv(path: Path, name: str, value: str) -> None:
    """
    Give the variable *name* this *value* in the file at *path*, made when missing, for its owner's eyes alone.

    It stays where it is, with ``export`` when it had that; a new one comes last. The file is replaced in one move.
    Raises ConfigError when that cannot be done, or when what is read back would not be *value*.
    """
    # A link stays one: what it leads to is replaced.
    path = path.resolve()
    try:
        before = path.read_bytes().decode("utf-8-sig") if path.exists() else ""
        after = "".join(_lines(before, name, _quoted(value)))
        if _read(after, name) != value:
            raise ConfigError(
                f"{path} cannot hold this value of {name} exactly", hint=f"write it to a file and set {name}_FILE"
            )
        write_atomically(path, after.encode())
    except OSError as exc:
        raise ConfigError(f"cannot write {path}: {exc.strerror}") from exc
    except UnicodeError:
        raise ConfigError(f"{path}, or the value of {name}, is no UTF-8 text") from None


def _lines(text: str, name: str, written: str) -> Iterator[str]:
    """Yield the pieces of *text*, the last line of *name* with the value as *written*, and none before it."""
    pieces = list(parse_stream(StringIO(text, newline="")))
    places = [place for place, piece in enumerate(pieces) if piece.key == name]
    for place, piece in enumerate(pieces):
        if place not in places:
            yield piece.original.string
        elif place == places[-1]:
            yield _replaced(piece, name, written)
    if not places:
        newline = "\r\n" if "\r\n" in text else "\n"
        yield newline if text and not text.endswith(("\n", "\r")) else ""
        yield f"{name}={written}{newline}"


def _replaced(piece: Binding, name: str, written: str) -> str:
    """Return the line of *piece* with another value: blank lines before it and the newline at its end stay."""
    old = piece.original.string
    before = re.match(r"\s*(?:export[^\S\r\n]+)?", old)
    newline = re.search(r"[\r\n]*\Z", old)
    return f"{before[0] if before else ''}{name}={written}{newline[0] if newline else ''}"


def _quoted(value: str) -> str:
    """Return *value* as ``.env`` spells it."""
    if _PLAIN.fullmatch(value):
        return value
    # Variables are put in even within quotes; this is one without a name, whose default is a dollar.
    value = value.replace("${", "${:-$}{").replace("\\", "\\\\")
    if "\n" in value or "\r" in value:
        value = value.replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
        return f'"{value}"'
    value = value.replace("'", "\\'")
    return f"'{value}'"


def _read(text: str, name: str) -> str | None:
    return dotenv_values(stream=StringIO(text, newline=None)).get(name)
