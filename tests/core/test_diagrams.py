"""Diagrams: what they draw, and that no name is more than a name in them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minidata.core.formats.diagrams import Box, Diagram, dot, mermaid

PLAIN = Diagram(
    {"shop.orders": Box("shop.orders", "source"), "revenue": Box("revenue", chosen=True)},
    [("shop.orders", "revenue")],
    frozenset([("shop.orders", "revenue")]),
)


def test_mermaid_draws_boxes_and_arrows() -> None:
    assert mermaid(PLAIN).splitlines() == [
        "flowchart LR",
        '  n0[("shop.orders")]',
        '  n1["revenue"]:::chosen',
        "  n0 -.-> n1",
        "  classDef chosen stroke-width:3px",
    ]


def test_graphviz_draws_boxes_and_arrows() -> None:
    assert dot(PLAIN).splitlines()[3:] == [
        '  n0 [label="shop.orders", shape=cylinder]',
        '  n1 [label="revenue", shape=box, penwidth=3]',
        "  n0 -> n1 [style=dotted]",
        "}",
    ]


@pytest.mark.parametrize(
    ("name", "in_mermaid", "in_dot"),
    [
        (
            'a"]; click n0 "javascript:x"',
            '"a#34;]#59; click n0 #34;javascript:x#34;"',
            '"a\\"]; click n0 \\"javascript:x\\""',
        ),
        ("<script>", '"#60;script#62;"', '"<script>"'),
        ("`*bold*`", '"#96;#42;bold#42;#96;"', '"`*bold*`"'),
        ("back\\slash", '"back#92;slash"', '"back\\\\slash"'),
        ("two\nlines", '"two#92;x0alines"', '"two\\\\x0alines"'),
        ("- item", '"#45; item"', '"- item"'),
        ("1. item", '"#49;. item"', '"1. item"'),
        ("end", '"end"', '"end"'),
    ],
)
def test_no_name_is_markup(name: str, in_mermaid: str, in_dot: str) -> None:
    diagram = Diagram({name: Box(name)}, [])

    assert mermaid(diagram) == f"flowchart LR\n  n0[{in_mermaid}]\n"
    assert f"  n0 [label={in_dot}, shape=box]\n" in dot(diagram)


@given(st.text())
def test_every_name_stays_within_its_quotes(name: str) -> None:
    diagram = Diagram({name: Box(name)}, [])

    assert re.fullmatch(r'flowchart LR\n  n0\["[^"<>`\n]*"\]\n', mermaid(diagram))
    assert re.search(r'\n  n0 \[label="(?:[^"\\\n]|\\[\\"])*", shape=box\]\n\}\n\Z', dot(diagram))
