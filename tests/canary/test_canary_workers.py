"""A worker's output is masked in the worker, its traceback where it arrives."""

import traceback

import pytest

from canary.scanner import Scanner
from canary.workers import Item, idle, never_ready, prepare
from minidata.adapters.processes import WORTH_WORKERS, Crew
from minidata.core.errors import EngineError
from minidata.core.secrecy.secrets import Redactor

SECRET = "a worker's s3cret/key"
# The first is done here, the second by a worker.
ITEMS = [Item(WORTH_WORKERS, SECRET), Item(WORTH_WORKERS, SECRET)]


def test_what_a_worker_writes_is_masked(capfd: pytest.CaptureFixture[str]) -> None:
    redact = Redactor([SECRET])

    with pytest.raises(RuntimeError) as caught, Crew(2, prepare, SECRET, redact) as crew:
        list(crew.each(idle, ITEMS))

    written = "".join(capfd.readouterr())
    for told in ("printed ***", "logged ***", "warned ***"):
        assert told in written
    told = redact("".join(traceback.format_exception(caught.value)))
    assert "raised ***" in told
    assert [*Scanner({"worker": SECRET}).hits("worker", (written + told).encode())] == []


def test_a_worker_that_fails_before_it_begins_is_masked_too(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(EngineError), Crew(2, never_ready, SECRET, Redactor([SECRET])) as crew:
        list(crew.each(idle, ITEMS))

    written = capfd.readouterr().err
    assert "never ready ***" in written
    assert SECRET not in written
