"""The program as a shell sees it: exit codes, streams, one clear line for every error."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults import fault_server
from minidata.adapters.project import Project
from minidata.cli.main import VERBS, program
from minidata.core.errors import Exit
from minidata.demo.server import DemoApi, DemoShop, serve
from shell import run_text

ROOT = Path(__file__).parents[2]
KEY = "a-key-nobody-must-see"
Done = subprocess.CompletedProcess[str]
minidata = run_text


@pytest.fixture(scope="module")
def api() -> Iterator[DemoApi]:
    with serve(DemoShop(orders=2_000), api_key=KEY) as api:
        yield api


@pytest.fixture
def shop(project: Project, api: DemoApi, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose shop answers and whose database is prepared."""
    monkeypatch.setenv("SHOP_API_KEY", KEY)
    monkeypatch.setenv("MINIDATA_SOURCES", json.dumps({"shop": {"base_url": api.url}}))
    assert minidata("up").returncode == 0
    return project


@pytest.mark.parametrize("module", VERBS)
def test_each_verb_is_in_the_module_that_is_said_to_have_it(module: str) -> None:
    """For it is looked for nowhere else."""
    (verb, *_) = VERBS[module]

    app = program(verb)

    commands = [one.name or one.callback.__name__ for one in app.registered_commands if one.callback]
    groups = [str(one.name) for one in app.registered_groups]
    assert sorted(VERBS[module]) == sorted([*commands, *groups])


def assert_one_clear_line(done: Done, code: Exit, told: str) -> None:
    assert done.returncode == code, done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, done.stderr
    assert told in errors[0]
    assert "Traceback" not in done.stderr
    assert KEY not in done.stdout + done.stderr


@pytest.mark.usefixtures("shop")
def test_the_stages_one_by_one() -> None:
    for stage in (["ingest", "--source", "shop"], ["load"]):
        assert minidata(*stage).returncode == 0

    again = minidata("load", "--detailed-exit-code")

    assert again.returncode == Exit.NOTHING_NEW
    assert again.stdout == "nothing new to load\n"


@pytest.mark.usefixtures("shop")
def test_json_is_one_object_on_stdout_and_nothing_else() -> None:
    minidata("ingest", "--source", "shop")

    done = minidata("load", "--source", "shop", "--json")

    facts = json.loads(done.stdout)
    assert (facts["ok"], facts["exit_code"]) == (True, 0)
    orders = next(s for s in facts["result"]["streams"] if s["stream"] == "orders")
    counts = orders["counts"]
    assert counts["fetched"] == counts["loaded"] + counts["deduplicated"] + counts["quarantined"]


def test_a_source_that_will_not_do_is_told_before_anything_is_asked(project: Project) -> None:
    (project.root / "sources").mkdir()
    with fault_server() as server:
        mine = SOURCE.format(name="mine", url=server.url, key="id")
        (project.root / "sources" / "a_mine.py").write_text(mine)
        (project.root / "sources" / "yours.py").write_text(SOURCE.format(name="yours", url=server.url, key="idd"))

        done = minidata("ingest")

        assert_one_clear_line(done, Exit.CONFIG, "yours.py:5: unknown key of stream 'notes': 'idd', did you mean 'id'")
        assert server.heard == []


SOURCE = """\
from minidata import Row, Source, Stream
class Note(Row):
    id: int
source = Source("{name}", "{url}", [
    Stream("notes", "/", Note, key="{key}")])
"""


@pytest.mark.usefixtures("project")
def test_json_tells_an_error_too() -> None:
    done = minidata("ingest", "--source", "shpo", "--json")

    facts = json.loads(done.stdout)
    assert (done.returncode, facts["ok"], facts["error"]["code"]) == (2, False, "CONFIG")
    assert "did you mean 'shop'" in facts["error"]["message"]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["ingest", "--source", "shpo"], Exit.CONFIG, "unknown source 'shpo', did you mean 'shop'?"),
        (["ingest", "--stream", "shop.order"], Exit.CONFIG, "did you mean 'orders'?"),
        (["load", "--source", "shpo"], Exit.CONFIG, "did you mean 'shop'?"),
        (["report", "revenue_by_moth"], Exit.CONFIG, "did you mean 'revenue_by_month'?"),
        (["report", "--format", "cvs"], Exit.CONFIG, "did you mean 'csv'?"),
        (["analyze", "--select", "revenue"], Exit.CONFIG, "did you mean 'revenue_by_month'?"),
        (["query", "select 1; drop schema minidata"], Exit.CONFIG, "more than one statement"),
        (["query", "drop schema minidata"], Exit.CONFIG, "no query"),
        (["analyze", "--var", "x"], Exit.CONFIG, "has no value"),
        (["down", "--volumes"], Exit.REFUSED, "needs a yes"),
        (["init", "."], Exit.REFUSED, "is a project already"),
    ],
)
def test_what_a_person_gets_wrong_is_one_line(shop: Project, arguments: list[str], code: Exit, told: str) -> None:
    _with_sql(shop)

    assert_one_clear_line(minidata(*arguments), code, told)


@pytest.mark.usefixtures("shop")
def test_a_missing_key_names_the_variable() -> None:
    done = minidata("ingest", "--source", "shop", SHOP_API_KEY="")

    assert_one_clear_line(done, Exit.CONFIG, "the secret SHOP_API_KEY is not set")


@pytest.mark.usefixtures("shop")
def test_a_wrong_key_is_told_and_never_shown() -> None:
    done = minidata("ingest", "--stream", "shop.orders", SHOP_API_KEY="wrong-key-entirely")

    assert_one_clear_line(done, Exit.SOURCE, "403")
    assert "wrong-key-entirely" not in done.stdout + done.stderr
    assert "SHOP_API_KEY" in done.stderr


@pytest.mark.usefixtures("shop")
def test_an_api_that_is_down_is_one_line() -> None:
    down = json.dumps({"shop": {"base_url": "http://127.0.0.1:1/v1"}})

    done = minidata("ingest", "--stream", "shop.orders", MINIDATA_SOURCES=down, MINIDATA_HTTP_ATTEMPTS="2")

    assert_one_clear_line(done, Exit.SOURCE, "does not answer")


def test_no_project_is_one_line(tmp_path: Path) -> None:
    assert_one_clear_line(minidata("status", cwd=tmp_path, MINIDATA_PROJECT=""), Exit.CONFIG, "no minidata.toml")


@pytest.mark.usefixtures("project")
def test_an_unknown_setting_is_one_line() -> None:
    assert_one_clear_line(minidata("config", MINIDATA_STORE_ULR="x"), Exit.CONFIG, "did you mean 'url'?")


@pytest.mark.usefixtures("project")
def test_a_database_that_is_down_is_one_line() -> None:
    url = f"postgresql://me:{KEY}@127.0.0.1:1/db"

    assert_one_clear_line(minidata("load", MINIDATA_ENGINE_URL=url), Exit.ENGINE, "does not answer")
    assert "down" in minidata("status", MINIDATA_ENGINE_URL=url).stdout


def test_a_store_that_cannot_be_written_is_one_line(shop: Project) -> None:
    (shop.root / "object_store").write_text("a file where the folder should be")

    assert_one_clear_line(minidata("ingest", "--stream", "shop.products"), Exit.STORE, "object_store")


def test_a_model_cycle_is_one_line_before_anything_runs(shop: Project) -> None:
    models = shop.root / "sql" / "models"
    models.mkdir()
    (models / "one.sql").write_text("select * from {{ ref('two') }}")
    (models / "two.sql").write_text("select * from {{ ref('one') }}")

    assert_one_clear_line(minidata("analyze"), Exit.CONFIG, "one")


def test_an_error_in_one_model_names_its_file(shop: Project) -> None:
    models = shop.root / "sql" / "models"
    models.mkdir()
    (models / "fine.sql").write_text("select 1 as x")
    (models / "wrong.sql").write_text("select\n  nonsense\nfrom {{ ref('fine') }}")

    assert_one_clear_line(minidata("analyze"), Exit.CONFIG, "wrong.sql:2")


def test_a_failing_test_publishes_nothing_and_says_so(shop: Project) -> None:
    models = shop.root / "sql" / "models"
    models.mkdir()
    (models / "one.sql").write_text("select null::int as x")
    (models / "one.yml").write_text(
        "version: 2\nmodels:\n  - name: one\n    columns:\n      - name: x\n        data_tests: [not_null]\n"
    )

    done = minidata("analyze")

    assert_one_clear_line(done, Exit.TESTS, "not_null")
    assert "nothing published" in done.stdout
    assert minidata("query", "select * from analytics.one").returncode == Exit.CONFIG


def test_a_report_into_head_is_no_error_and_csv_alone_is_on_stdout(shop: Project) -> None:
    _with_sql(shop)
    assert minidata("run", "--source", "shop").returncode == 0
    command = f"{sys.executable} -m minidata report revenue_by_month --format csv"

    piped = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} | head -2"], capture_output=True, text=True, timeout=60, check=False
    )

    assert piped.stdout.splitlines()[0] == "month,orders,revenue,refunds,net_revenue"
    assert len(piped.stdout.splitlines()) == 2
    assert (piped.returncode, piped.stderr) == (0, "")


@pytest.mark.usefixtures("project")
def test_a_full_disk_behind_stdout_is_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "minidata", "config"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )

    assert (done.returncode, done.stderr) == (Exit.STORE, "error: cannot write to stdout: No space left on device\n")


def test_run_twice_is_boring(shop: Project) -> None:
    _with_sql(shop)
    first = minidata("run", "--source", "shop", "--json")
    second = minidata("run", "--source", "shop", "--json")

    assert (first.returncode, second.returncode) == (0, 0)
    assert json.loads(second.stdout)["result"]["reported"]["publish"] == 2


@pytest.mark.usefixtures("project")
def test_a_terminal_code_in_an_error_is_spelled_out() -> None:
    done = minidata("ingest", "--source", "\x1b[31mred")

    assert "\x1b" not in done.stderr
    assert "\\x1b[31mred" in done.stderr


def test_help_tells_what_each_command_is_for() -> None:
    for command in ("init", "demo", "up", "down", "ingest", "load", "analyze", "test", "report", "run", "query"):
        done = minidata(command, "--help")
        assert done.returncode == 0
        assert len(done.stdout) > 300


def test_the_version_is_that_of_the_package() -> None:
    assert minidata("--version").stdout.startswith("minidata 0.")


@pytest.mark.parametrize(
    ("verb", "usage"),
    [
        ("analyze", "minidata analyze [OPTIONS] [PUBLISH]"),
        ("diff", "minidata diff [OPTIONS] [MODEL]..."),
        ("psql", "minidata psql [OPTIONS] [-- ARGS]..."),
        ("trace", "minidata trace [OPTIONS] {TABLE} [KEY]..."),
    ],
)
def test_help_puts_what_may_be_left_out_into_brackets_once(verb: str, usage: str) -> None:
    assert minidata(verb, "--help").stdout.splitlines()[0] == f"Usage: {usage}"


def test_help_imports_none_of_the_heavy_libraries() -> None:
    code = "import sys; from minidata.cli.main import program; program(); print(sorted(sys.modules))"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    heavy = ["pydantic", "httpx", "psycopg", "docker", "sqlglot", "jinja2", "obstore", "orjson", "rich.table"]
    assert [name for name in heavy if f"'{name}'" in modules] == []


def test_the_projects_settings_are_told_with_their_origin(project: Project) -> None:
    done = minidata("config", "--json", MINIDATA_HTTP_TIMEOUT="7")

    settings = {s["name"]: (s["value"], s["origin"]) for s in json.loads(done.stdout)["result"]["settings"]}
    assert settings["http.timeout"] == ("7.0", "environment")
    assert settings["engine.url"][0] == "**********"
    assert tomllib.loads((project.root / "minidata.toml").read_text())["project"]["name"] == "test"


def _with_sql(project: Project) -> None:
    """Give the project the models, tests and reports that a new one has."""
    for path in (ROOT / "sql").rglob("*"):
        target = project.root / "sql" / path.relative_to(ROOT / "sql")
        if path.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
