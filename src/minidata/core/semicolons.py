"""Where a statement ends: the semicolons after it, and no other, since one in a text or a comment means nothing."""

import re

# One piece of SQL as Postgres cuts it up. A word takes its $ along, so that a$b$ opens no quote.
_PIECE = re.compile(
    r"""
      (?P<nothing> \s+ | --[^\r\n]* )
    | (?P<comment> /\* )
    | (?P<end> ; )
    | [eE]'(?:[^'\\]|\\.|'')*'
    | '(?:[^']|'')*'
    | "(?:[^"]|"")*"
    | \$(?P<tag>(?:[^\W\d]\w*)?)\$ .*? \$(?P=tag)\$
    | [^\W\d][\w$]*
    | .
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT = re.compile(r"/\*|\*/")


def without_end(text: str) -> str:
    """Return *text*, one statement, with a blank for each semicolon after it; every character keeps its place."""
    ends: list[int] = []
    at = 0
    while piece := _PIECE.match(text, at):
        at = piece.end()
        if piece["comment"]:
            at = _end_of_comment(text, at)
        elif piece["end"]:
            ends.append(piece.start())
        elif not piece["nothing"]:
            ends.clear()
    signs = list(text)
    for end in ends:
        signs[end] = " "
    return "".join(signs)


def _end_of_comment(text: str, at: int) -> int:
    """Return where the comment ends whose inside begins *at*; comments nest."""
    depth = 1
    for mark in _COMMENT.finditer(text, at):
        depth += 1 if mark[0] == "/*" else -1
        if not depth:
            return mark.end()
    return len(text)
