"""Where a statement ends: for a query that is to stand inside another one, and for a prompt that waits for the end."""

import re

# What hides a semicolon, as Postgres's lexer reads it with standard_conforming_strings on. A block comment may hold
# others, which no regular expression counts: see _after_comment.
_PIECE = re.compile(
    r"""
      --[^\n]*
    | [eE]'(?:[^'\\]|\\.|'')*'
    | '(?:[^']|'')*'
    | "(?:[^"]|"")*"
    | (?<![\w$])\$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$
    | (?P<comment>/\*)
    | (?P<end>;)
    | \w+
    | .
    """,
    re.VERBOSE | re.DOTALL,
)
# A quote that begins, which as a piece of its own never ends.
_OPEN = re.compile(r"""['"]|(?<![\w$])\$(?:[^\W\d]\w*)?\$""")
_COMMENT_EDGE = re.compile(r"/\*|\*/")


def without_semicolon(text: str) -> str:
    """
    Return *text* up to the first semicolon that ends a statement; all of it when there is none.

    What stands behind it is lost: ask Postgres before whether *text* is one statement.
    """
    end = _end(text)
    return text if end is None else text[:end]


def parted(text: str) -> tuple[str | None, str]:
    """
    Return the first statement of *text* with its semicolon, and what follows.

    None, and all of *text*, when the statement does not end there: a quote or a comment may be open still.
    """
    end = _end(text, closed=True)
    return (None, text) if end is None else (text[: end + 1], text[end + 1 :])


def _end(text: str, *, closed: bool = False) -> int | None:
    """Return where the first semicolon is that ends a statement, None for none; *closed*: an open quote hides it."""
    at = 0
    while match := _PIECE.match(text, at):
        if match["end"]:
            return at
        if closed and _OPEN.match(text, at) and len(match[0]) == 1:
            return None
        at = _after_comment(text, at) if match["comment"] else match.end()
    return None


def _after_comment(text: str, start: int) -> int:
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, start):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(text)
