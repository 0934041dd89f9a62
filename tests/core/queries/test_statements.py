"""Where a statement ends, as Postgres's lexer sees it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minidata.core.queries.statements import parted, without_semicolon

HIDDEN = ["';'", "E'\\';'", '";"', "$$;$$", "$a$;$$;$a$", "-- ;\n", "/* ; /* ; */ ; */", "'it''s;'", "e''';'"]


@pytest.mark.parametrize("piece", HIDDEN)
def test_a_hidden_semicolon_ends_nothing(piece: str) -> None:
    text = f"select {piece}\n"

    assert without_semicolon(text + "; -- after") == text


@given(st.lists(st.sampled_from([*HIDDEN, " x ", " 1$a ", "(", "\n", " é "])))
def test_it_ends_at_the_first_semicolon_that_nothing_hides(pieces: list[str]) -> None:
    text = " ".join(pieces)

    assert without_semicolon(text + " ;'") == text + " "


@given(st.text(alphabet="$'\"-/*;a\\E\n "))
def test_any_text_is_cut_or_kept(text: str) -> None:
    cut = without_semicolon(text)

    assert text == cut or text[len(cut)] == ";"


@pytest.mark.parametrize(
    ("text", "first", "rest"),
    [
        ("select 1; select 2;", "select 1;", " select 2;"),
        ("select ';', $a$;$a$ -- ;\n;", "select ';', $a$;$a$ -- ;\n;", ""),
        ("select 1", None, "select 1"),
        ("select 'a;", None, "select 'a;"),
        ('select "a;', None, 'select "a;'),
        ("select $$a;", None, "select $$a;"),
        ("select $a$;$b$;", None, "select $a$;$b$;"),
        ("select /* a;", None, "select /* a;"),
        ("select 1 -- it's\n;", "select 1 -- it's\n;", ""),
        ("select a$1;", "select a$1;", ""),
    ],
)
def test_a_prompt_waits_for_the_end_of_a_statement(text: str, first: str | None, rest: str) -> None:
    assert parted(text) == (first, rest)
