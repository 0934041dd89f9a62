"""What tests of ingest share: an API that says what it is told to, and a project that asks it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from faults import FaultServer, fault_server
from ingesting import Desk


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with fault_server() as server:
        yield server


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def hasty(desk: Desk) -> Desk:
    """A Desk at which nothing is asked twice."""
    desk.says("[http]\nattempts = 1\n")
    return desk
