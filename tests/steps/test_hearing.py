"""What a stage says out of its container, however the engine cuts it."""

import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine_projects import Lines
from minidata.adapters.docker.services import Ended
from minidata.core.errors import EngineError, Exit, LockedError, SourceError
from minidata.core.printable import printable
from minidata.core.watch import Count
from minidata.steps.isolating.hearing import Hearing, StageBroke


@dataclass(frozen=True)
class Facts:
    """What a stage could have found out."""

    rows: int
    title: str
    counts: Mapping[str, int]


DONE = Ended(0, starved=False)
FACTS = Facts(3, '{"ok": 1}', {"ok": 1})
OBJECT = json.dumps({"ok": True, "exit_code": 0, "result": asdict(FACTS)}, separators=(",", ":"))


def failing(code: Exit, message: str, hint: str | None = None) -> bytes:
    error = {"code": code.name, "message": message, "hint": hint}
    return json.dumps({"ok": False, "exit_code": code, "error": error}, separators=(",", ":")).encode()


@given(st.binary(max_size=1 << 12), st.integers(1, 5000), st.integers(0, 400))
def test_an_answer_s_bytes_and_the_facts_after_it_are_told_apart(body: bytes, size: int, repeated: int) -> None:
    stdout = io.BytesIO()
    hearing = Hearing("report", Lines(), stdout)
    body *= repeated
    said = body + OBJECT.encode() + b"\n"

    for start in range(0, len(said), size):
        hearing.out(said[start : start + size])

    assert hearing.facts(Facts, DONE) == FACTS
    assert stdout.getvalue() == body


def test_lines_are_told_whole_as_they_come() -> None:
    watch = Lines()
    hearing = Hearing("load", watch)

    for piece in (b"one\ntw", b"o\n", b"th\xc3", b"\xa9r\xc3", b"\xa9e"):
        hearing.err(piece)
    assert watch.lines == ["one", "two"]
    hearing.out(OBJECT.encode())
    hearing.facts(Facts, DONE)

    assert watch.lines == ["one", "two", "thérée"]


def test_an_error_is_raised_as_it_was_and_told_once() -> None:
    watch = Lines()
    hearing = Hearing("load", watch)
    hearing.err(b"a note\nerror: somebody loads\nhint: wait\n")
    hearing.out(failing(Exit.LOCKED, "somebody loads", "wait"))

    with pytest.raises(LockedError, match="somebody loads") as told:
        hearing.facts(Facts, Ended(8, starved=False))

    assert told.value.hint == "wait"
    assert watch.lines == ["a note"]


def test_what_an_answer_had_written_before_it_failed_is_handed_on() -> None:
    stdout = io.BytesIO()
    hearing = Hearing("report", Lines(), stdout)
    hearing.out(b"month,orders\n" + failing(Exit.SOURCE, "no"))

    with pytest.raises(SourceError):
        hearing.facts(Facts, Ended(5, starved=False))

    assert stdout.getvalue() == b"month,orders\n"


@pytest.mark.parametrize(
    ("said", "ended", "kind", "words"),
    [
        (b"", Ended(137, starved=True), EngineError, "ran out of memory"),
        (b"", Ended(137, starved=False), EngineError, "ended from outside"),
        (b"", Ended(143, starved=False), EngineError, "ended from outside"),
        (b'{"ok":tru', Ended(1, starved=False), StageBroke, "ended with 1"),
        (b'{"ok":true,"exit_code":0,"result":{"rows":"many"}}', DONE, EngineError, "does not understand"),
        (b"", Ended(130, starved=False), KeyboardInterrupt, "^$"),
    ],
)
def test_a_stage_that_says_nothing_useful_has_a_reason(
    said: bytes, ended: Ended, kind: type[BaseException], words: str
) -> None:
    hearing = Hearing("load", Lines())
    hearing.out(said)

    with pytest.raises(kind, match=words):
        hearing.facts(Facts, ended)


def test_a_bug_keeps_its_traceback() -> None:
    watch = Lines()
    hearing = Hearing("load", watch)
    hearing.err(b"a note\nTraceback (most recent call last):\n  File ...\nKeyError: 1\nthis is a bug\n")

    with pytest.raises(StageBroke, match=r"(?s)Traceback .*KeyError: 1"):
        hearing.facts(Facts, Ended(1, starved=False))

    assert watch.lines == ["a note"]


def test_progress_is_counted_and_no_note_can_be_taken_for_it() -> None:
    counted: list[tuple[str, int, int | None]] = []

    class Counting(Lines):
        def count(self, what: str, done: int, total: int | None = None) -> None:
            counted.append((what, done, total))

    watch = Counting()
    hearing = Hearing("load", watch)
    line = Count("shop.orders", 500, None).line()
    hearing.err(f"{line}\n{printable(line)}\n".encode())

    assert counted == [("shop.orders", 500, None)]
    assert watch.lines == [printable(line)]
