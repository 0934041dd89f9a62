"""Link headers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minidata.core.fetching.links import links_in, targets


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (
            '<https://a.example/?page=2>; rel="next", <https://a.example/?page=9>; rel="last"',
            ["https://a.example/?page=2"],
        ),
        ('<a>; rel=next, <b>; rel="next"', ["a", "b"]),
        ('<b>; rel="prev next"', ["b"]),
        ("<b>;rel=NEXT;title=x", ["b"]),
        ("<b>; REL = next", ["b"]),
        ('<b>; title="a, <c>; rel=next"; rel=next', ["b"]),
        ('<b>; title="a \\" quote"; rel=next', ["b"]),
        ("<a,b;c>; rel=next", ["a,b;c"]),
        ("<b>; rel=prev; rel=next", []),
        ('<b>; rel="nextish"', []),
        ('<b>; rel="next"; anchor="/other"', []),
        ("<>; rel=next, <b>; rel=next", ["b"]),
        ("<b; rel=next", []),
        ("<b; rel=next, <c>; rel=next", ["c"]),
        ("<b>; rel", []),
        ("<b>", []),
        ("b; rel=next", []),
        ("<b>; rel=next;;; type=x, , <c>; rel=next", ["b", "c"]),
        ('<b>; rel="next', []),
        ("", []),
        (None, []),
    ],
)
def test_what_an_answer_names_as_next(header: str | None, found: list[str]) -> None:
    assert targets(header, "next") == found


def test_only_so_many_links_are_looked_at() -> None:
    assert len(list(links_in("<a>; rel=next, " * 5000))) == 1000


@given(st.text(alphabet='<>;,="\\ \t\r\n\0arel next', max_size=200))
def test_any_header_at_all_is_taken(header: str) -> None:
    for link in links_in(header):
        assert link.target in header


@pytest.mark.parametrize("piece", ["<", ">", ";", '"', "; a", "<a>;", '; a="', "<a>; a=\\"])
def test_no_header_takes_long(piece: str) -> None:
    # 200 kB: what is not linear in that does not come to an end.
    assert targets(piece * (200_000 // len(piece)), "next") == []
