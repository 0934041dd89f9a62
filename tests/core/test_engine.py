"""What a server's log tells of its end."""

import pytest

from minidata.core.engine import last_words

FULL = "12:00 UTC [7] FATAL:  could not write to file pg_wal/xlogtemp.7: No space left on device"
GOING = ["LOG:  startup process (PID 7) exited with exit code 1", "LOG:  database system is shut down"]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([], ""),
        (["LOG:  a", "LOG:  b"], "LOG:  b"),
        (["FATAL:  long ago", *["LOG:  since"] * 9], "LOG:  since"),
        ([FULL, *GOING], FULL),
        (["FATAL:  before", FULL, *["FATAL:  the database system is in recovery mode"] * 30, *GOING], FULL),
        (["PANIC:  p", *GOING], "PANIC:  p"),
    ],
)
def test_the_line_is_found_that_says_why(lines: list[str], told: str) -> None:
    assert last_words("\n".join([*lines, ""]).encode()) == told
