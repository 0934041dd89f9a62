"""A dbt project built by dbt itself, and what stands in a database afterwards."""

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import yaml
from psycopg import sql

from forks import Program

Name = tuple[str, str]


@dataclass(frozen=True)
class Relation:
    """Columns with their types, in order, and rows as a multiset of what Postgres writes for them."""

    columns: tuple[tuple[str, str], ...]
    rows: Counter[str]


@dataclass(frozen=True)
class Built:
    """What dbt said and did: the status of each node by its unique id, and the relations of those that succeeded."""

    code: int
    output: str
    statuses: Mapping[str, str]
    relations: frozenset[Name]


@dataclass(frozen=True)
class Dbt:
    """dbt, as installed in *venv*; *home* is where it writes all that it writes, so that projects stay as they are."""

    venv: Path
    home: Path
    schema: str = "analytics"

    def run(self, folder: Path, url: str, *arguments: str) -> Built:
        """Run a command of dbt's on the project in *folder*, in the database at *url*."""
        self._write_profile(folder, url)
        done = _program(self.venv).run(
            "--no-use-colors",
            *arguments,
            "--project-dir",
            str(folder),
            cwd=self.home,
            environ={**os.environ, **self._environ},
        )
        return self._built(done.returncode, (done.stdout + done.stderr).decode())

    @property
    def _environ(self) -> dict[str, str]:
        return {
            "DBT_PROFILES_DIR": str(self.home),
            "DBT_TARGET_PATH": str(self.home / "target"),
            "DBT_LOG_PATH": str(self.home / "logs"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "False",
            "DBT_VERSION_CHECK": "False",
        }

    def _write_profile(self, folder: Path, url: str) -> None:
        profile = yaml.safe_load((folder / "dbt_project.yml").read_text()).get("profile", "default")
        info = psycopg.conninfo.conninfo_to_dict(url)
        output = {
            "type": "postgres",
            "host": info.get("host", "localhost"),
            "port": int(info.get("port") or 5432),
            "user": info.get("user"),
            "password": info.get("password") or "",
            "dbname": info.get("dbname"),
            "schema": self.schema,
            "threads": 4,
        }
        self.home.mkdir(parents=True, exist_ok=True)
        written = yaml.safe_dump({profile: {"target": "dev", "outputs": {"dev": output}}})
        (self.home / "profiles.yml").write_text(written)

    def _built(self, code: int, output: str) -> Built:
        target = self.home / "target"
        if not (target / "run_results.json").is_file():
            return Built(code, output, {}, frozenset())
        manifest = json.loads((target / "manifest.json").read_text())
        results = json.loads((target / "run_results.json").read_text())["results"]
        statuses = {result["unique_id"]: result["status"] for result in results}
        made = (manifest["nodes"].get(name) for name, status in statuses.items() if status == "success")
        return Built(code, output, statuses, frozenset(_names(made)))


@cache
def _program(venv: Path) -> Program:
    return Program("dbt", venv / "bin" / "python", "import dbt.adapters.postgres\nfrom dbt.cli.main import cli as main")


def answers(venv: Path, script: Path, asked: Any) -> Any:
    """Return what the ``main`` of *script*, in dbt's venv, has to say to *asked*; both are JSON."""
    done = _script(venv, script).run(stdin=json.dumps(asked).encode())
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


@cache
def _script(venv: Path, script: Path) -> Program:
    imports = f"sys.path.insert(0, {str(script.parent)!r})\nfrom {script.stem} import main"
    return Program(script.name, venv / "bin" / "python", imports)


def _names(nodes: Iterable[dict[str, Any] | None]) -> Iterable[Name]:
    return ((n["schema"], n["alias"]) for n in nodes if n and n["resource_type"] in {"model", "seed", "snapshot"})


def standing(url: str, names: Iterable[Name]) -> dict[Name, Relation]:
    """Return those relations that are there, by name."""
    with psycopg.connect(url) as connection:
        return {name: found for name in names if (found := _relation(connection, name)) is not None}


def _relation(connection: psycopg.Connection[Any], name: Name) -> Relation | None:
    columns = connection.execute(_COLUMNS, name).fetchall()
    if not columns:
        return None
    rows = connection.execute(sql.SQL("select x::text from {} as x").format(sql.Identifier(*name)))
    return Relation(tuple(columns), Counter(row for (row,) in rows))


_COLUMNS = """
select attname, format_type(atttypid, atttypmod)
from pg_attribute join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace
where nspname = %s and relname = %s and attnum > 0 and not attisdropped
order by attnum
"""


def differences(theirs: Mapping[Name, Relation], ours: Mapping[Name, Relation]) -> list[str]:
    """Say of each relation of *theirs* how that of *ours* differs from it, a line each."""
    return [line for name, relation in sorted(theirs.items()) for line in _differs(name, relation, ours.get(name))]


def _differs(name: Name, theirs: Relation, ours: Relation | None) -> list[str]:
    shown = ".".join(name)
    if ours is None:
        return [f"{shown}: only dbt makes it"]
    if ours.columns != theirs.columns:
        return [f"{shown}: dbt has the columns {theirs.columns}, minidata {ours.columns}"]
    missing, added = theirs.rows - ours.rows, ours.rows - theirs.rows
    if not missing and not added:
        return []
    return [
        f"{shown}: {missing.total()} rows only with dbt, as {_some(missing)}",
        f"{shown}: {added.total()} rows only with minidata, as {_some(added)}",
    ]


def _some(rows: Counter[str]) -> str:
    return next(iter(rows), "none")[:300]
