"""A server that none of us wrote: datasette, which serves SQLite tables over a JSON API."""

import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

ROWS = [(number, f"név {number} 'n\" \\ ☃", number / 8, None if number % 7 else "x") for number in range(1, 1_204)]


@contextmanager
def serving_datasette(folder: Path) -> Iterator[str]:
    """The address of a datasette that serves `ROWS` as the table `city` of the database `places`."""
    path = folder / "places.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("create table city (id integer primary key, name text, area real, note text)")
        database.executemany("insert into city values (?, ?, ?, ?)", ROWS)
    port = _free_port()
    command = [sys.executable, "-m", "datasette", "serve", str(path), "--port", str(port)]
    with (folder / "datasette.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url, process)
            yield url
        finally:
            process.terminate()
            process.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _wait_for(url: str, process: "subprocess.Popen[bytes]", seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not _answers(url):
        assert process.poll() is None, "datasette has ended"
        assert time.monotonic() < deadline, "datasette does not answer"
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/-/versions.json", timeout=5) as response:  # noqa: S310 - on this machine
            return bool(response.status == 200)
    except OSError:
        return False
