"""The door to the parser: from a text of SQL to its outline."""

import logging
import re
from collections.abc import Iterator, Sequence

from sqlglot import Token, TokenType, exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import ParseError, TokenError

from minidata.core.queries.outlines import BUILT, Dotted, Outline, Qualifier, SlipError, Table

_ONE_SELECT = "write one SELECT, which changes nothing"
_BEGINNINGS = frozenset({"select", "with", "values", "("})
# Postgres's parser refuses some of these inside a query too, but only after others have been built.
_WRITES = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.DDL, exp.Command, exp.Into)
_FORBIDDEN = {
    "set_config": "set_config changes the session",
    BUILT: f"{BUILT} is not for reading, name the model itself",
}
_STRINGS = frozenset({TokenType.STRING, TokenType.HEREDOC_STRING, TokenType.RAW_STRING, TokenType.BYTE_STRING})
_BEGIN_AN_ALIAS = frozenset({TokenType.ALIAS, TokenType.VAR, TokenType.IDENTIFIER})
# How a template writes a relation.
_WRITTEN = re.compile(r'"[^"]+"\."[^"]+"')
_POSTGRES = Postgres()
# From Python 3.12 on compiled code may recurse until the stack is full. Nobody writes half as deeply as this.
_DEEPEST = 400
_OPENING = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE})
_CLOSING = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END})

# What the parser says about SQL that it does not know would go to stderr; it is an error of ours already.
logging.getLogger("sqlglot").addHandler(logging.NullHandler())


def outline_query(text: str) -> Outline:
    """
    Return the outline of *text*, which must be one query that only reads. Raises SlipError.

    Of SQL that the parser does not know it has no tables: Postgres may know it.
    """
    tokens = _query_tokens(text)
    tree = _parsed(text, tokens)
    if tree is None:
        return _outline(text, tokens)
    return _outline(text, tokens)._replace(
        understood=True, tables=list(_tables(tree)), qualifiers=list(_qualifiers(tree))
    )


def outline_any(text: str) -> Outline:
    """Return what can be seen of *text* without parsing it. Raises SlipError for a quote that has no end."""
    return _outline(text, _tokens(text))


def check_piece(text: str) -> None:
    """Raise SlipError for SQL that is to stand within a query and would end it, or what it stands in."""
    depth = 0
    for token in _tokens(text):
        depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(token.token_type, 0)
        if token.token_type == TokenType.SEMICOLON:
            raise SlipError("there is more than one statement", hint="write an expression of SQL")
        if depth < 0:
            break
    if depth:
        raise SlipError("the SQL cannot be read: a parenthesis has no other half")


def _tokens(text: str) -> list[Token]:
    try:
        return _POSTGRES.tokenize(text)
    except TokenError as exc:
        raise SlipError("the SQL cannot be read: a quote or a comment has no end") from exc


def _query_tokens(text: str) -> list[Token]:
    """Return the text's tokens without the semicolons at its end; there is at least one."""
    tokens = _tokens(text)
    while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
        tokens.pop()
    if not tokens:
        raise SlipError("", hint="write one SELECT into it")
    second = next((token for token in tokens if token.token_type == TokenType.SEMICOLON), None)
    if second:
        raise SlipError("there is more than one statement", second.line, _ONE_SELECT)
    if tokens[0].text.lower() not in _BEGINNINGS:
        raise SlipError(f"it begins with {tokens[0].text.upper()[:20]}", tokens[0].line, _ONE_SELECT)
    for token in tokens:
        reason = _FORBIDDEN.get(token.text.lower())
        if reason and token.token_type != TokenType.STRING:
            raise SlipError(reason, token.line, _ONE_SELECT)
    return tokens


def _check_depth(tokens: Sequence[Token]) -> None:
    """Raise SlipError for what is nested so deeply that the parser, which is compiled, could end the process."""
    depth = same = 0
    before: TokenType | None = None
    for token in tokens:
        kind = token.token_type
        depth += (kind in _OPENING) - (kind in _CLOSING)
        same = same + 1 if kind == before else 0
        before = kind
        if max(depth, same) > _DEEPEST:
            raise SlipError("the SQL is nested too deeply")


def _parsed(text: str, tokens: list[Token]) -> exp.Expr | None:
    """Return the text as it is understood; None when it is not."""
    _check_depth(tokens)
    try:
        tree = _POSTGRES.parser().parse(tokens, text)[0]
    except ParseError:
        return None
    except RecursionError:
        raise SlipError("the SQL is nested too deeply") from None
    if not isinstance(tree, exp.Query | exp.Values):
        raise SlipError("it is no query", hint=_ONE_SELECT)
    written = tree.find(*_WRITES)
    if written:
        raise SlipError(f"it does more than read ({written.key.upper()})", hint=_ONE_SELECT)
    return tree


def _outline(text: str, tokens: Sequence[Token]) -> Outline:
    return Outline(
        end=tokens[-1].end + 1 if tokens else 0,
        understood=False,
        all_words="\0".join([text[token.start : token.end + 1] for token in tokens]),
        dotted=list(_dotted(tokens)),
        strings=[
            (token.start, token.end + 1)
            for token in tokens
            if token.token_type in _STRINGS and _WRITTEN.search(text, token.start, token.end + 1)
        ],
    )


def _dotted(tokens: Sequence[Token]) -> Iterator[Dotted]:
    for at in [at for at, token in enumerate(tokens) if token.token_type == TokenType.DOT]:
        if 0 < at < len(tokens) - 1:
            first, second = tokens[at - 1], tokens[at + 1]
            follows = _follows(tokens[at + 2]) if at + 2 < len(tokens) else ""
            yield Dotted(_as_named(first), _as_named(second), first.start, second.end + 1, first.line, follows)


def _follows(token: Token) -> str:
    if token.token_type == TokenType.DOT:
        return "."
    return "as" if token.token_type in _BEGIN_AN_ALIAS else ""


def _as_named(token: Token) -> str:
    return token.text if token.token_type == TokenType.IDENTIFIER else token.text.lower()


def _tables(tree: exp.Expr) -> Iterator[Table]:
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            # A function.
            continue
        name, schema, database = _folded(table.this), table.args.get("db"), table.args.get("catalog")
        start, end = _span(database or schema or table.this, table.this)
        yield Table(
            name,
            _folded(schema) if schema else "",
            _folded(database) if database else "",
            start,
            end,
            int(table.this.meta["line"]),
            name in _visible(table),
            bool(table.args.get("alias")),
            table.sql("postgres") if database else "",
        )


def _qualifiers(tree: exp.Expr) -> Iterator[Qualifier]:
    for column in tree.find_all(exp.Column):
        schema, table = column.args.get("db"), column.args.get("table")
        if schema and table:
            yield Qualifier(_folded(schema), _folded(table), *_span(schema, table))


def _folded(name: exp.Expr) -> str:
    """Return the name as Postgres folds it."""
    return str(name.name) if name.args.get("quoted") else str(name.name).lower()


def _span(first: exp.Expr, last: exp.Expr) -> tuple[int, int]:
    return int(first.meta["start"]), int(last.meta["end"]) + 1


def _visible(table: exp.Expr) -> frozenset[str]:
    """Return the names of the common table expressions that *table* could mean."""
    names: set[str] = set()
    node: exp.Expr = table
    while node.parent is not None:
        parent = node.parent
        if isinstance(parent, exp.With):
            # One of them sees those before it, and itself where they are recursive.
            ctes = parent.expressions
            seen = ctes if parent.args.get("recursive") else ctes[: ctes.index(node)]
            names |= {_cte_name(cte) for cte in seen}
        elif isinstance(parent, exp.Query) and not isinstance(node, exp.With):
            names |= {_cte_name(cte) for cte in parent.ctes}
        node = parent
    return frozenset(names)


def _cte_name(cte: exp.Expr) -> str:
    return _folded(cte.args["alias"].this)
