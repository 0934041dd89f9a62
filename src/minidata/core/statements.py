"""A query's text without the semicolon at its end, so that it can stand inside another statement."""

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
_COMMENT_EDGE = re.compile(r"/\*|\*/")


def without_semicolon(text: str) -> str:
    """
    Return *text* up to the first semicolon that ends a statement; all of it when there is none.

    What stands behind it is lost: ask Postgres before whether *text* is one statement.
    """
    at = 0
    while match := _PIECE.match(text, at):
        if match["end"]:
            return text[:at]
        at = _after_comment(text, at) if match["comment"] else match.end()
    return text


def _after_comment(text: str, start: int) -> int:
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, start):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(text)
