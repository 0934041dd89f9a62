r"""
The spellings that a secret may turn up in, as patterns.

Which characters are escaped is up to whoever escapes: one writes ``/`` where another writes ``%2F``, ``\/`` or
``\u002f``. So each character of a text may be spelled in any of its own ways, whatever the ones beside it do. Letters
and digits of ASCII stand for themselves. What is no text any more, base64 and hexadecimal digits, is looked for as
such.
"""

import base64
import json
import re
from collections.abc import Iterator
from itertools import chain
from urllib.parse import quote

_NAMED = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}
_LETTERS = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f", "\v": "v", "\a": "a", "\0": "0"}
# What else stands for a character: in a query, doubled in CSV and SQL, and as a shell has a quote within quotes.
_OTHER = {" ": (r"\+",), '"': ('""',), "'": ("''", "'\"'\"'", r"'\\''")}
# In base64 that goes into an address, and where its padding is left out.
_PADDING = r"(?:=|%(?:25)*3[dD]|\\+u003[dD]){0,2}"
_ALIGNMENTS = 3
_MORE_BACKSLASHES = r"(?:\\|%(?:25)*5[cC])"
# The first of a row: from its middle the search would begin again and again.
_BACKSLASH = r"(?:\\(?<!\\\\)|%(?<!5[cC]%)(?:25)*5[cC])"


def patterns(secret: str) -> tuple[re.Pattern[str], ...]:
    """Return what finds *secret* in a text, in each of its spellings."""
    raw = secret.encode("utf-8", "surrogatepass")
    # An address may be encoded with the secret in it.
    texts = (raw, quote(raw, safe="").encode(), quote(raw).encode())
    coded = dict.fromkeys([*chain.from_iterable(map(_base64, texts)), raw.hex(), raw.hex().upper()])
    return re.compile(_text(secret)), re.compile("|".join(coded))


def raw_spellings(secret: str) -> tuple[bytes, ...]:
    """Return what finds *secret* in the bytes of a body: as it is, and as JSON spells it."""
    texts = (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    return tuple(dict.fromkeys(text.encode(errors="replace") for text in texts))


def _text(text: str) -> str:
    r"""
    Return the pattern of *text* in quotes, addresses, HTML, shells, and within one another.

    An escaped text that is escaped again has more backslashes: any number of them is taken, and never given back, so
    that a long row of them costs nothing.
    """
    parts: list[str] = []
    for run, character in re.findall(r"(\\*)([^\\]?)", text, re.DOTALL):
        if run:
            parts.append(rf"{_BACKSLASH}{_MORE_BACKSLASHES}{{{len(run) - 1},}}+")
        if character:
            parts.append(_character(character, after_backslash=bool(run)))
    return "".join(parts)


def _character(character: str, *, after_backslash: bool) -> str:
    if character.isascii() and character.isalnum():
        return character
    # Those before it have been taken with its neighbour's.
    backslash = f"{'' if after_backslash else _BACKSLASH}{_MORE_BACKSLASHES}*+"
    forms = [*_OTHER.get(character, ()), _percent(character), *_html(character)]
    forms += [backslash + form for form in _escaped(character, backslash)]
    # Itself last: what it becomes may begin with it.
    return f"(?:{'|'.join(forms)}|{re.escape(character)})"


def _percent(text: str) -> str:
    return "".join(f"%(?:25)*{_hex(byte, 2)}" for byte in text.encode("utf-8", "surrogatepass"))


def _html(character: str) -> Iterator[str]:
    code = ord(character)
    names = [f"#0*{code}", f"#[xX]0*{_hex(code)}", *([_NAMED[character]] if character in _NAMED else [])]
    yield f"&(?:amp;)*(?:{'|'.join(names)});"


def _escaped(character: str, backslash: str) -> Iterator[str]:
    """Yield what may come after a backslash for *character*: as JSON, Python, C, Postgres and shells have it."""
    code, raw = ord(character), character.encode("utf-8", "surrogatepass")
    units = character.encode("utf-16-be", "surrogatepass")
    yield backslash.join(f"u{_hex(int.from_bytes(units[at : at + 2], 'big'), 4)}" for at in range(0, len(units), 2))
    yield f"U{_hex(code, 8)}"
    yield f"x{_hex(code, 2)}"
    yield backslash.join(f"x{_hex(byte, 2)}" for byte in raw)
    yield backslash.join(f"{byte:03o}" for byte in raw)
    if character in _LETTERS:
        yield _LETTERS[character]
    elif character.isascii():
        yield f"(?:{_percent(character)}|{re.escape(character)})"


def _hex(number: int, width: int = 1) -> str:
    """Return the pattern of *number*'s hexadecimal digits, large or small."""
    return "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in f"{number:0{width}x}")


def _base64(raw: bytes) -> Iterator[str]:
    """
    Yield the patterns of *raw* within something that is base64-encoded as a whole, such as ``user:password``.

    Three bytes make four digits, so there are three ways in which the digits can fall. A digit that *raw* shares with
    what comes before it is left; the one it shares with what comes after it is taken.
    """
    for before in range(_ALIGNMENTS):
        digits = base64.b64encode(bytes(before) + raw).decode()
        begin, bits = -(-before * 8 // 6), (before + len(raw)) * 8
        whole = "".join(map(_digit, digits[begin : bits // 6]))
        yield whole + ("(?:[A-Za-z0-9_-]|" + _digit("+") + "|" + _digit("/") + ")?" if bits % 6 else "") + _PADDING


def _digit(digit: str) -> str:
    other = {"+": "-", "/": "_"}.get(digit)
    return f"(?:{other}|{_character(digit, after_backslash=False)})" if other else digit
