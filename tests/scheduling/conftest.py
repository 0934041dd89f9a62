"""An Airflow that is ready, and the APIs that its DAG asks."""

import json
import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from airflows import Airflow, Feeds


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Airflow:
    """An Airflow without a database yet. MINIDATA_TEST_AIRFLOW says where make_airflow.sh has installed it."""
    venv = Path(os.environ.get("MINIDATA_TEST_AIRFLOW", ""))
    if not (venv / "bin" / "airflow").is_file():
        reason = "no Airflow in MINIDATA_TEST_AIRFLOW: make one with tests/scheduling/make_airflow.sh DIR"
        if os.environ.get("MINIDATA_TEST_REQUIRE_AIRFLOW") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    made = Airflow(venv, tmp_path_factory.mktemp("airflow"))
    made.dags.mkdir()
    return made


@pytest.fixture
def feeds() -> Iterator[Feeds]:
    feeds = Feeds()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path)
            name = path.path.strip("/")
            feeds.asked.append(name)
            after = int(parse_qs(path.query).get("after", ["0"])[0])
            records = [{"id": number} for number in feeds.records[name] if number > after]
            body = b"" if name in feeds.down else json.dumps(records).encode()
            self.send_response(503 if name in feeds.down else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    feeds.url = f"http://127.0.0.1:{server.server_port}"
    yield feeds
    server.shutdown()
    server.server_close()
