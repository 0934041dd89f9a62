"""A frozen clock: a query in which whatever asks for the time is told one moment instead."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlglot import Token, TokenType
from sqlglot.dialects.postgres import Postgres

# What the words mean, the moment standing for {0}; those of the first kind are called, those of the second need not be.
_CALLED = {
    "now": "{0}",
    "transaction_timestamp": "{0}",
    "statement_timestamp": "{0}",
    "clock_timestamp": "{0}",
    "timeofday": "{0}::text",
}
_SPOKEN = {
    "current_timestamp": "{0}",
    "localtimestamp": "{0}::timestamp",
    "current_date": "{0}::date",
    "current_time": "{0}::timetz",
    "localtime": "{0}::time",
}
_MEANINGS = {**_CALLED, **_SPOKEN}
_SYSTEM = "pg_catalog"


def frozen(text: str, moment: datetime) -> str:
    """
    Return the query *text* with *moment* in place of all that asks for the time.

    A column that gets its name from what it asks keeps that name.
    """
    tokens = Postgres().tokenize(text)
    literal = f"timestamptz '{moment.isoformat()}'"
    parts, at = [], 0
    for start, end, word in _asking(text, tokens):
        parts += [text[at:start], f'(select {_MEANINGS[word].format(literal)} as "{word}")']
        at = end
    return "".join([*parts, text[at:]])


def _asking(text: str, tokens: Sequence[Token]) -> Iterator[tuple[int, int, str]]:
    """Yield where the text asks for the time, from where to before where, and by which word."""
    for at, token in enumerate(tokens):
        # As it is written, for what is in quotes is none of these words.
        word = text[token.start : token.end + 1].lower()
        if word not in _MEANINGS:
            continue
        start, is_own = _start(tokens, at)
        closing = _closing(tokens, at)
        if not is_own:
            continue
        if word in _CALLED and closing is not None:
            yield start, tokens[closing].end + 1, word
        elif word in _SPOKEN:
            yield start, tokens[closing if closing is not None else at].end + 1, word


def _start(tokens: Sequence[Token], at: int) -> tuple[int, bool]:
    """Return where the word begins, with Postgres's own schema in front, and whether it is Postgres's own at all."""
    if at == 0 or tokens[at - 1].token_type != TokenType.DOT:
        return tokens[at].start, True
    schema = tokens[at - 2] if at > 1 else tokens[at]
    return schema.start, schema.text.lower() == _SYSTEM


def _closing(tokens: Sequence[Token], at: int) -> int | None:
    """Return which token ends the parentheses behind the word; None when there are none, or more than a number."""
    behind = [token.token_type for token in tokens[at + 1 : at + 4]]
    if behind[:2] == [TokenType.L_PAREN, TokenType.R_PAREN]:
        return at + 2
    return at + 3 if behind == [TokenType.L_PAREN, TokenType.NUMBER, TokenType.R_PAREN] else None
