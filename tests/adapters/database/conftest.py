"""What the tests of the database door share: a database with a ledger in it."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from minidata.adapters.database.connection import Database, connect
from minidata.adapters.database.ledger.making import prepare_ledger


@pytest.fixture
def database(database_url: SecretStr) -> Iterator[Database]:
    with connect(database_url) as database:
        database.run("create schema minidata")
        prepare_ledger(database)
        yield database
