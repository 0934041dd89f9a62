"""Whatever records an API sends: the file written for them is Python, and every one of them fits."""

import subprocess
import sys
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings

from inferring import exact, source_in, written
from minidata.core.checking import checker_of

# What is hard to be called: keywords, names of the file's own, of a Row's, of Postgres's, and what is no name at all.
NAMES = st.sampled_from([
    *("id", "date", "type", "class", "None", "json", "copy", "schema", "model_config", "model_x", "list", "str", "int"),
    *("dt", "Any", "Row", "source", "ctid", "_object", "_id", "__", "", " ", "+1", "-1", "2024", "a.b", "a b"),
    *("createdAt", "created_at", "CreatedAt", "ID", "UUID", "Item", "items", "things", "Thing", "név", "名前", '"'),
    *("properties", "attributes", "status", "price", "x" * 70, "\ufb01", "updated_at", "# x", "'''", "Field", "\\"),
])  # fmt: skip
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12),
    st.sampled_from(["", "2024-02-30", "2024-02-29", "2024-02-29T12:00:00Z", "2024-02-29T12:00:00", "12.50", "open"]),
    st.sampled_from(["0001-01-01T00:00:00+12:00", "9999-12-31T23:59:59-05:00", "2024-02-29 24:00:00", "closed"]),
    st.uuids().map(str),
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.dates().map(lambda day: day.isoformat()),
)
NUMBERS = st.one_of(
    st.integers(-3, 3), st.integers(-(10**30), 10**30), st.floats(allow_nan=False, allow_infinity=False)
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6
)
RECORDS = st.lists(
    st.dictionaries(NAMES | st.text(max_size=3).filter(str.isprintable), VALUES, min_size=1, max_size=6),
    min_size=1,
    max_size=6,
)
# Deep documents take long to make, and many are given up on the way.
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


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


def said_by_ruff(text: str, arguments: list[str]) -> str:
    """What ruff has against *text*, by its own defaults: as it is run in a project that says nothing of it."""
    ruff = Path(sys.executable).parent / "ruff"
    command = [str(ruff), *arguments, "--isolated", "--quiet", "--stdin-filename", "sources/shop.py", "-"]
    # Elsewhere: here ruff would find minidata, and take it for the user's own package.
    done = subprocess.run(command, cwd="/", input=text.encode(), capture_output=True, check=False)
    return (done.stdout + done.stderr).decode() if done.returncode else ""
