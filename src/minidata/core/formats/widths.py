"""How much room text takes where every character has its cell: a terminal, a label."""

from unicodedata import category, east_asian_width


def width(text: str) -> int:
    """Return how many columns of a terminal *text* takes."""
    return len(text) if text.isascii() else sum(map(_sign_width, text))


def shortened(text: str, most: int) -> str:
    """Return *text*, cut to *most* columns with an ellipsis for the rest."""
    if width(text) <= most:
        return text
    taken, end = 0, 0
    while taken + _sign_width(text[end]) < most:
        taken += _sign_width(text[end])
        end += 1
    return text[:end] + "…"


def _sign_width(sign: str) -> int:
    if category(sign) in ("Mn", "Me"):
        return 0  # it stands on the one before
    return 2 if east_asian_width(sign) in "WF" else 1
