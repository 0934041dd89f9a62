"""A project whose database is prepared, and ways to fill both."""

from collections.abc import Callable, Iterator

import pytest

from minidata.adapters.database.connection import LOADER, READER, Database, connect
from minidata.adapters.database.ledger.making import prepare_ledger
from minidata.adapters.database.scripts import run_script
from minidata.adapters.project import Project
from minidata.steps.engine import endpoint


@pytest.fixture
def project(project: Project) -> Project:
    """An empty project whose database `up` has prepared."""
    with connect(endpoint(project).url) as database:
        run_script(database, (project.root / "sql" / "init.sql").read_text(), name="init.sql")
    return project


@pytest.fixture
def owner(project: Project) -> Iterator[Database]:
    with connect(endpoint(project).url) as database:
        yield database


@pytest.fixture
def reader(project: Project) -> Iterator[Database]:
    with connect(endpoint(project).url, role=READER) as database:
        yield database


@pytest.fixture
def put(project: Project) -> Callable[[str, str], None]:
    """Write a file of the project."""

    def put(path: str, text: str) -> None:
        file = project.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, newline="")

    return put


@pytest.fixture
def write(put: Callable[[str, str], None]) -> Callable[..., None]:
    """Write models by name."""

    def write(**models: str) -> None:
        for name, text in models.items():
            put(f"sql/models/{name}.sql", text)

    return write


@pytest.fixture
def load_orders(project: Project) -> Callable[..., None]:
    """Load one more object of orders with these totals, as `load` would."""

    def load_orders(*totals: int) -> None:
        with connect(endpoint(project).url, role=LOADER) as database:
            prepare_ledger(database)
            with database.transaction():
                database.run("create schema if not exists shop")
                database.run("create table if not exists shop.orders (id bigserial, total int)")
                database.run("insert into shop.orders (total) select unnest(%s::int[])", [list(totals)])
                database.run(_OBJECT, [len(totals)])

    return load_orders


_OBJECT = """
insert into minidata.object (key, sha256, source, stream, run, page, row_fingerprint, fetched, loaded)
select gen_random_uuid()::text, '', 'shop', 'orders', '1', 1, '', n, n from (select %s::bigint) as x (n)
"""
