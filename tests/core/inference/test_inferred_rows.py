"""Whatever records an API sends: the file written for them is Python, and every one of them fits."""

import hypothesis.strategies as st
from hypothesis import given, settings

from inferring import RECORDS, SLOW, exact, said_by_ruff, source_in, written
from minidata.core.fitting.checking import checker_of


@given(RECORDS)
@settings(max_examples=100, deadline=None, suppress_health_check=SLOW)
def test_every_record_seen_fits_the_row_inferred_from_it(records: list[dict[str, object]]) -> None:
    (stream,) = source_in(written(records)).streams

    checked = checker_of(stream.row).check(exact(records))

    assert checked.rejected == ()
    assert len(checked.rows) == len(records)


@given(st.lists(RECORDS, min_size=1, max_size=12))
@settings(max_examples=15, deadline=None, suppress_health_check=SLOW)
def test_formatter_and_linter_have_nothing_to_say(tables: list[list[dict[str, object]]]) -> None:
    text = written(*tables)

    for arguments in (["format", "--check"], ["format", "--check", "--line-length", "120"], ["check"]):
        assert said_by_ruff(text, arguments) == "", text
