"""A wire to Postgres that is cut in the middle of a COPY, or falls silent: what was begun is undone, and done again."""

import secrets
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from pydantic import SecretStr

from engine_projects import Lines, project_at
from faults.wires import Kind, Wire, wire_to
from loading import put_run, rows
from minidata import Row, Source, Stream
from minidata.adapters.database.asking.queries import reading, stream
from minidata.adapters.database.connection import connect
from minidata.adapters.embedded.accounts import account_for
from minidata.adapters.embedded.programs import run
from minidata.adapters.project import Project
from minidata.core.answers import Question
from minidata.core.errors import EngineDown, Exit
from minidata.steps.engine import embedded_engine
from minidata.steps.load import load
from minidata.steps.up import up

RECORDS, PAGES = 3_000, 3
# What both ends are told to notice a silent one by.
SOON = "keepalives_idle=1&keepalives_interval=1&keepalives_count=2&tcp_user_timeout=2000"
# In the middle of what a page sends: what is said before is a part of this, and a page is three times as much.
MIDDLE = 30_000


class Note(Row):
    id: int
    text: str


NOTES = {"diary": Source("diary", "http://127.0.0.1:1", [Stream("notes", "/", Note)])}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where a Postgres listens by TCP, which the one of the other tests does not."""
    engine = embedded_engine(project_at(tmp_path_factory.mktemp("server") / "p", "embedded"))
    engine.start(Lines())
    engine.stop(volumes=False)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
    options = f"-h 127.0.0.1 -p {port} -c unix_socket_directories="
    at = account_for(engine.folder), engine.folder, "pg_ctl"
    run(*at, "start", "-D", ".", "-w", "-l", "log", "-o", options)
    yield port
    run(*at, "stop", "-D", ".", "-m", "immediate", "-w")


@pytest.fixture
def wire(port: int) -> Iterator[Wire]:
    with wire_to(port) as wire:
        yield wire


@pytest.fixture
def diary(tmp_path: Path, wire: Wire) -> Project:
    """A project with pages to load into a database of its own, at the other end of the wire."""
    name = f"diary_{secrets.token_hex(4)}"
    with psycopg.connect(f"postgresql://postgres@127.0.0.1:{wire.there[1]}/postgres", autocommit=True) as owner:
        owner.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    url = f"postgresql://postgres@127.0.0.1:{wire.port}/{name}?{SOON}"
    project = project_at(tmp_path / "diary", "url", MINIDATA_ENGINE_URL=url, MINIDATA_LOAD_BATCH="1")
    page = [{"id": number, "text": 20 * "x"} for number in range(RECORDS)]
    put_run(project, "diary.notes", [page] * PAGES)
    up(project)
    return project


def loaded_once(project: Project) -> bool:
    """Whether every record is there, and none twice."""
    (found,) = rows(project, "select count(*), count(distinct (_object, _record)) from diary.notes")
    return found == (RECORDS * PAGES, RECORDS * PAGES)


@pytest.mark.parametrize(
    "kind", ["cut", pytest.param("hole", marks=pytest.mark.skipif(sys.platform != "linux", reason="asks its kernel"))]
)
def test_a_wire_that_breaks_in_the_middle_of_a_copy_is_no_matter(diary: Project, wire: Wire, kind: Kind) -> None:
    """Postgres lets go of what it has in hand as soon as it finds out, and until then the second attempt waits."""
    wire.breaks.extend([(kind, MIDDLE), (kind, 3 * MIDDLE)])

    done = load(diary, NOTES)

    assert (wire.broken, done.exit_code, done.streams[0].objects, done.streams[0].runs) == (2, Exit.DONE, PAGES, 1)
    assert done.counts.loaded == RECORDS * PAGES
    assert loaded_once(diary)


def test_a_wire_that_always_breaks_is_told_and_the_next_load_completes(diary: Project, wire: Wire) -> None:
    wire.breaks.extend([("cut", MIDDLE)] * 50)

    with pytest.raises(EngineDown, match="Postgres went away") as caught:
        load(diary, NOTES)

    assert caught.value.exit_code == Exit.ENGINE
    assert 1 < wire.broken < 10
    wire.breaks.clear()
    assert load(diary, NOTES).counts.loaded == RECORDS * PAGES
    assert loaded_once(diary)


def test_who_reads_slowly_is_not_taken_for_gone(wire: Wire) -> None:
    url = f"postgresql://postgres@127.0.0.1:{wire.there[1]}/postgres?tcp_user_timeout=300"
    question = Question("slow", "select repeat('x', 10000) from generate_series(1, 5000)")
    with connect(SecretStr(url)) as database, reading(database):
        _, found = stream(database, question)
        next(found)
        time.sleep(2)  # nothing happens meanwhile, which is the point
        assert sum(1 for _ in found) == 4_999
