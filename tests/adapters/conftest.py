"""What the tests of the HTTP door share."""

from collections.abc import Iterator

import pytest

from asking import Desk
from faults import FaultServer, fault_server


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with fault_server() as server:
        yield server


@pytest.fixture
def desk(server: FaultServer) -> Desk:
    return Desk(server.url)
