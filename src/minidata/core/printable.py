"""Text from outside, made safe to show: nothing in it may move a cursor, recolour a line or hide what it says."""

import re

# C0 and C1 controls, and the characters that reorder or hide text (Unicode's Cf: bidi controls, zero widths, BOM).
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_LAST_OF_TWO_DIGITS = 0xFF


def printable(text: str) -> str:
    r"""Return *text* with every character that is no picture spelled out, as \x1b or \u202e."""
    return _UNSAFE.sub(_spelled, text)


def _spelled(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code <= _LAST_OF_TWO_DIGITS else f"\\u{code:04x}"
