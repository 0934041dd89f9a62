"""Words for messages: numbers of things, and text from outside on one line, safe to show, not too long."""

from minidata.core.printable import printable

LONGEST = 200


def counted(number: int, what: str) -> str:
    """Return ``1 record`` or ``2,000 records``."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def excerpt(text: str, limit: int = LONGEST) -> str:
    """
    Return *text* as one line of at most *limit* characters, white space folded.

    Mask secrets before: one that is cut in two is no longer found.
    """
    shown = printable(" ".join(text[: 16 * limit].split()))
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
