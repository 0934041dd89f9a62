"""Where a statement ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minidata.core.semicolons import without_end


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("select 1;", "select 1 "),
        ("select 1 ; ;\n;", "select 1    \n "),
        ("select 1; -- a ; b", "select 1  -- a ; b"),
        ("select 1; /* ; /* ; */ ; */ ;", "select 1  /* ; /* ; */ ; */  "),
        ("select ';' -- ;", "select ';' -- ;"),
        ("select 'a'';';", "select 'a'';' "),
        (r"select e'\';';", r"select e'\';' "),
        (r"select '\';", r"select '\' "),
        ('select 1 as "a;""--";', 'select 1 as "a;""--" '),
        ("select $$;--$$;", "select $$;--$$ "),
        ("select $a$ $$;$b$ $a$; --", "select $a$ $$;$b$ $a$  --"),
        ("select a$b$ from t; -- $b$", "select a$b$ from t  -- $b$"),
        ("select 1; select 2", "select 1; select 2"),
        ("", ""),
    ],
)
def test_only_what_stands_after_the_statement_is_blanked(text: str, left: str) -> None:
    assert without_end(text) == left


@given(st.text(st.sampled_from(";'\"-/*$ae\\ \n"), max_size=40))
def test_any_text_is_read_to_its_end_and_keeps_its_places(text: str) -> None:
    left = without_end(text)

    assert len(left) == len(text)
    assert all(new == old or (old, new) == (";", " ") for old, new in zip(text, left, strict=True))
