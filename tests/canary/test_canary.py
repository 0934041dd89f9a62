"""Nothing that a whole run writes holds a secret, in whatever spelling, and the scanner that says so is not blind."""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

from canary.scanner import SPELLINGS, Hit, Scanner
from faults import FaultServer, Heard, fault_server, said, said_json

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
# Those that travel in a header are as a header can carry them.
CANARIES = {
    "HEADER_API_KEY": "hk-Zx9+/=<q>&'\"w 7",
    "QUERY_API_KEY": "qk é/?#[]@!$&'()*+,;=%40ß",
    "BEARER_TOKEN": "bt.eyJhbGciOi-JIUzI1NiJ9_x/y+z==",
    "owner's password": "pw:@/?#[]%z'\"\\ ö",
    "loader's password": "loader-Pa55/word",
    "analyst's password": "analyst-Pa55+word",
    "reader's password": "reader-Pa55 word",
    "wrong password": "wr0ng%zz-password",
    "password of our own": "Own_Pass-w0rd-in-state",
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7CANARY0",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYCANARYKEY",
    "AWS_SESSION_TOKEN": "FwoGZXIvYXdzEBYaD//canary+token==",
    "DOCKER_PASSWORD": "docker-canary-password",
    "UNUSED_TOKEN": "never-asked-for-token",
    "NEW_TOKEN": "set/by#hand's token",
    "PRIVATE_KEY": "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w\n0BAQEFAASCBKcwggSjAgEA\n-----END KEY-----",
}
# Where secrets are kept on purpose, and what an API has sent, which is kept as it came.
KEPT = (".env", ".minidata/*password*", "object_store/**/0*.json")


@dataclass
class Ran:
    """What the commands of a run wrote, by command, and where the rest of it is."""

    folder: Path
    database: str
    environ: Mapping[str, str]
    outputs: dict[str, bytes] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)

    def __call__(self, *arguments: str, stdin: str = "", name: str = "", **environ: str) -> None:
        """Run the program as a shell does, and keep what it writes."""
        done = subprocess.run(
            [sys.executable, "-m", "minidata", *arguments],
            cwd=self.folder,
            env={**self.environ, **environ},
            input=stdin.encode(),
            capture_output=True,
            timeout=120,
            check=False,
        )
        name = name or " ".join(arguments)
        self.outputs[name] = b"%s\n%s" % (done.stdout, done.stderr)
        self.codes[name] = done.returncode


def api(heard: Heard) -> bytes:
    """Say what was heard, in the worst places."""
    keys = {**heard.headers, **heard.query, "target": heard.target}
    echo = {name: value for name, value in keys.items() if name in {"x-api-key", "authorization", "api key", "target"}}
    text = json.dumps({**echo, "coded": [base64.b64encode(f"user:{one}".encode()).decode() for one in echo.values()]})
    match heard.path:
        case "/good":
            return said_json({"data": [{"id": 1, "name": "good"}, {"id": 2, "name": "bad"}]})
        case "/echo":
            token = heard.headers["authorization"]
            return said_json({"data": [{"id": 1, "name": "good", "you": token}]}, {"ETag": f'"{token}"'})
        case "/nonsense":
            return said(f"<p>{text}".encode())
    return said(text.encode(), 400)


def url(database_url: str, user: str, password: str) -> str:
    """The database's URL with another login; the server lets everybody in who comes through its socket."""
    _, _, where = database_url.partition("@")
    return f"postgresql://{user}:{quote(password, safe='')}@{where}"


def plant(folder: Path, database_url: str) -> dict[str, str]:
    """Make a project in *folder* with the canaries in all places where secrets are kept; return its environment."""
    docker, key = folder.parent / "docker", folder.parent / "query-key"
    docker.mkdir()
    (docker / "BEARER_TOKEN").write_text(CANARIES["BEARER_TOKEN"] + "\n")
    key.write_text(CANARIES["QUERY_API_KEY"] + "\n")
    for part in ("sql", "sources"):
        (folder / part).mkdir(parents=True)
    shutil.copy(ROOT / "sql" / "init.sql", folder / "sql")
    shutil.copy(HERE / "leaky.py", folder / "sources")
    (folder / "minidata.toml").write_text('[project]\nname = "canary"\n[engine]\nkind = "url"\n')
    (folder / "sql" / "models").mkdir()
    (folder / "sql" / "models" / "things.sql").write_text("select id, name from {{ source('header', 'good') }}")
    (folder / "sql" / "reports").mkdir()
    (folder / "sql" / "reports" / "things.sql").write_text("-- All things\nselect * from things")
    (folder / ".minidata").mkdir()
    (folder / ".minidata" / "password.json").write_text(json.dumps({"password": CANARIES["password of our own"]}))
    owner = url(database_url, "postgres", CANARIES["owner's password"])
    (folder / ".env").write_text(f"MINIDATA_ENGINE_URL='{owner}'\nUNUSED_TOKEN={CANARIES['UNUSED_TOKEN']}\n")
    roles = {
        f"MINIDATA_ENGINE_{role.upper()}_URL": url(database_url, f"minidata_{role}", CANARIES[f"{role}'s password"])
        for role in ("loader", "analyst", "reader")
    }
    named = {name: value for name, value in CANARIES.items() if name.isupper()}
    for elsewhere in ("QUERY_API_KEY", "BEARER_TOKEN", "UNUSED_TOKEN", "NEW_TOKEN"):
        del named[elsewhere]
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("MINIDATA_")}
    places = {"QUERY_API_KEY_FILE": str(key), "MINIDATA_SECRETS_DIR": str(docker)}
    return {**surroundings, **named, **roles, **places, "MINIDATA_HTTP_ATTEMPTS": "1"}


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner(CANARIES)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Iterator[Ran]:
    """A run with all that may go wrong in it."""
    folder = tmp_path_factory.mktemp("canary") / "project"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("create database canary")
    database = postgres.replace("/postgres?", "/canary?")
    with fault_server() as server:
        server.says(api)
        # Of the sources that are built in, one has no secret and none must go out.
        built_in = json.dumps({"usgs": {"base_url": server.url}})
        environ = {**plant(folder, database), "LEAKY_API": server.url, "MINIDATA_SOURCES": built_in}
        ran = Ran(folder, database, environ)
        _run_all(ran, server)
        yield ran
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("drop database canary with (force)")


def _run_all(ran: Ran, server: FaultServer) -> None:
    with psycopg.connect(ran.database, autocommit=True) as connection:
        connection.execute((ran.folder / "sql" / "init.sql").read_bytes())
        for role in ("loader", "analyst", "reader"):
            connection.execute(sql.SQL("alter role {} login").format(sql.Identifier(f"minidata_{role}")))
    wrong, owner = CANARIES["wrong password"], quote(CANARIES["owner's password"], safe="")
    ran("secrets", "set", "NEW_TOKEN", stdin=CANARIES["NEW_TOKEN"])
    ran("up")
    ran("ingest", LEAK_LOG=str(ran.folder / "leak.log"))
    ran("ingest", "--json")
    ran("load")
    ran("query", "select * from minidata.quarantine", "--json")
    ran("analyze")
    for form in ("html", "csv", "json"):
        ran("report", "--format", form)
    ran("config")
    ran("secrets", "check", "NEW_TOKEN", "UNUSED_TOKEN", "QUERY_API_KEY", "BEARER_TOKEN", "MINIDATA_ENGINE_URL")
    ran("doctor", "--json")
    ran("load", name="wrong URL", MINIDATA_ENGINE_LOADER_URL=f"postgresql://me:{wrong}@127.0.0.1:1/db")
    ran("load", name="nobody there", MINIDATA_ENGINE_LOADER_URL=f"postgresql://me:{owner}@127.0.0.1:1/db")
    ran("status", name="a bug", LEAK_NOW="1")
    assert server.heard


def test_the_run_was_what_it_is_meant_to_be(ran: Ran) -> None:
    """With no failures in it, it would prove little."""
    codes = dict(ran.codes)

    assert {name: codes.pop(name) for name in ("ingest", "ingest --json", "wrong URL", "nobody there", "a bug")} == {
        "ingest": 5,
        "ingest --json": 5,
        "wrong URL": 2,
        "nobody there": 7,
        "a bug": 1,
    }, ran.outputs
    assert codes.pop("doctor --json") in {0, 2}
    assert {name: code for name, code in codes.items() if code} == {}, ran.outputs
    assert b"answers 400" in ran.outputs["ingest"]
    assert b"sends a secret back" in ran.outputs["ingest"]
    assert b"I know ***" in ran.outputs["query select * from minidata.quarantine --json"]
    for told in (
        b"printed ***",
        b"logged ***",
        b"warned ***",
        b"raised ***",
        b"Exception in thread",
        b"base 10: '***'",
    ):
        assert told in ran.outputs["a bug"]


def test_no_command_writes_a_secret(ran: Ran, scanner: Scanner) -> None:
    assert [hit for name, output in ran.outputs.items() for hit in scanner.hits(name, output)] == []


def test_no_file_holds_a_secret(ran: Ran, scanner: Scanner) -> None:
    assert [*scanner.hits_under(ran.folder, KEPT)] == []
    assert (ran.folder / "leak.log").exists()
    assert len([*(ran.folder / "output").iterdir()]) == 3
    assert [*(ran.folder / "object_store").rglob("_run.json")] != []


def test_what_is_left_out_holds_secrets(ran: Ran, scanner: Scanner) -> None:
    """Else leaving it out would hide something."""
    found = {hit.canary for hit in scanner.hits_under(ran.folder, ())}

    assert found >= {"owner's password", "UNUSED_TOKEN", "NEW_TOKEN", "password of our own", "BEARER_TOKEN"}


def test_no_table_holds_a_secret(ran: Ran, scanner: Scanner) -> None:
    hits: list[Hit] = []
    with psycopg.connect(ran.database) as connection:
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_schema not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, table in tables:
            name = sql.Identifier(schema, table)
            rows = connection.execute(sql.SQL("select t::text from {} t").format(name)).fetchall()
            hits += scanner.hits(f"{schema}.{table}", "\n".join(row for (row,) in rows).encode())

    assert hits == []
    assert {("minidata", "quarantine"), ("header", "good"), ("bearer", "echo")} <= set(tables)


def test_the_scanner_sees_every_canary_in_every_spelling(tmp_path: Path, scanner: Scanner) -> None:
    for number, value in enumerate(CANARIES.values()):
        for spelling, spell in SPELLINGS.items():
            (tmp_path / f"{number} {spelling}").write_bytes(b"before " + spell(value).encode() + b" after")

    seen = {(hit.canary, hit.spelling) for hit in scanner.hits_under(tmp_path, ())}

    assert len(seen) == len(CANARIES) * len(SPELLINGS) >= 12 * 10
