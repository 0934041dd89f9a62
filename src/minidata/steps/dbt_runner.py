"""
analyze by dbt itself: the same folder, built by dbt in a schema of its own, and what it says told as ours.

dbt replaces relations one by one, and tests them after: nothing is published as minidata publishes.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from minidata.adapters.clock import SystemClock
from minidata.adapters.database import foreign_schema
from minidata.adapters.database.asking.session import environment
from minidata.adapters.database.connection import ANALYST, Database
from minidata.adapters.database.locks import analyzing
from minidata.adapters.database.publishing.schemas import check_schemas
from minidata.adapters.dbt.mirroring import mirror, model_files, project_text, property_files
from minidata.adapters.dbt.program import Dbt, Told
from minidata.adapters.models import models_folder
from minidata.adapters.project import Project
from minidata.core.clock import Clock
from minidata.core.dbt.files import PASSWORD, PROFILE, SCHEMA, profile, project_file
from minidata.core.dbt.reading import declared_in, model_folders, needs_row_count
from minidata.core.dbt.results import NodeResult, read_results
from minidata.core.dbt.sources import sources_file
from minidata.core.dialect.helpers import ROW_COUNT
from minidata.core.dialect.project_file import NAME
from minidata.core.errors import ConfigError, Exit, worst
from minidata.core.names import checked_schema
from minidata.core.queries.relations import PUBLISHED
from minidata.core.run_ids import run_id
from minidata.core.source import Source
from minidata.core.watch import Nobody, Watch
from minidata.steps.analyze import Wishes
from minidata.steps.analyzing.facts import AnalyzedModel, ModelStatus
from minidata.steps.engine import role_endpoint
from minidata.steps.models import analyst
from minidata.steps.testing.outcomes import TestOutcome, TestStatus, worst_of

_TESTS = frozenset({"test", "unit_test"})
_MODEL: Mapping[str, ModelStatus] = {"success": "built", "skipped": "skipped"}
_TEST: Mapping[str, TestStatus] = {
    "pass": "pass", "success": "pass", "warn": "warn", "fail": "fail", "skipped": "skipped"
}  # fmt: skip
_FINISHED = frozenset({"LogModelResult", "LogSeedResult", "LogSnapshotResult", "LogTestResult"})
# As in sessions of our own: times are the same, and what a killed dbt has begun ends.
_SESSION = "-c timezone=UTC -c client_connection_check_interval=500ms"
# Outcomes, which are in the results, and how dbt would have its files written: that is in its log.
_TOLD_ELSEWHERE = re.compile("RunResult|.*Deprecation")
_SOURCES = "__minidata_sources.yml"
_ROW_COUNT = "macros/__minidata_row_count.sql"
# All went well, or some nodes did not. With any other code dbt could not begin, or did not come to its end.
_FINISHED_WITH = (0, 1)


@dataclass(frozen=True)
class BuiltByDbt:
    """
    What dbt built in *schema*, and how its tests went; *version* is dbt's.

    Readers see what dbt has built, tested or not: nothing is published.
    """

    run: str
    version: str
    schema: str
    models: tuple[AnalyzedModel, ...]
    tests: tuple[TestOutcome, ...]

    @property
    def exit_code(self) -> Exit:
        """CONFIG when a model or a test did not run, TESTS when a rule is broken, else DONE."""
        return worst([*(model.exit_code for model in self.models), worst_of(self.tests)])


def analyze_with_dbt(  # noqa: PLR0913 - each is an option of the command, given by name
    project: Project,
    sources: Mapping[str, Source],
    wishes: Wishes | None = None,
    *,
    venv: Path | None = None,
    schema: str = SCHEMA,
    variables: Mapping[str, Any] | None = None,
    watch: Watch | None = None,
    clock: Clock | None = None,
) -> BuiltByDbt:
    """
    Let dbt build and test the project's folder, in *schema*. *venv* has the dbt; without one it is the one on PATH.

    Raises ConfigError when there is no dbt that can, or it cannot understand the project; RefusedError when it would
    drop what minidata has published; LockedError, EngineError.
    """
    wishes, watch, clock = wishes or Wishes(), watch or Nobody(), clock or SystemClock()
    if not wishes.publish:
        raise ConfigError("dbt builds where readers read: --no-publish has no meaning", hint="say another --schema")
    if schema in sources:
        raise ConfigError(f"the schema {schema} is a Source's", hint="let dbt build in another: --schema")
    if schema != PUBLISHED:
        checked_schema("schema", schema)
    named = project.settings.analyze.dbt
    dbt = Dbt.find(venv or (project.root / named if named else None))
    run = run_id(clock.now(), clock.token())
    with project.lock("dbt"), analyst(project) as database, analyzing(database):
        check_schemas(database, [schema])
        foreign_schema.prepare(database, schema)
        place = _Place.made(project, sources, wishes, schema)
        hearing = _Hearing(watch)
        code = dbt.run(place.arguments(wishes, variables or {}), place.environ(database), place.folder, hearing.hear)
        # Were it gone, this would say so better than dbt does.
        database.one("select 1")
    results = place.results()
    if results is None or code not in _FINISHED_WITH:
        raise ConfigError(hearing.failure(code), hint=f"dbt's own words are in {place.home / 'logs' / 'dbt.log'}")
    models = tuple(_model(one) for one in results if one.kind not in _TESTS)
    return BuiltByDbt(run, dbt.version, schema, models, tuple(_test(one) for one in results if one.kind in _TESTS))


def _model(one: NodeResult) -> AnalyzedModel:
    status = _MODEL.get(one.status, "failed")
    code = Exit.CONFIG if status == "failed" else Exit.DONE
    message = "" if status == "built" else one.message
    return AnalyzedModel(one.name, status, one.relation or None, one.seconds, one.rows, message, code)


def _test(one: NodeResult) -> TestOutcome:
    status = _TEST.get(one.status, "broken")
    code = {"fail": Exit.TESTS, "broken": Exit.CONFIG}.get(status, Exit.DONE)
    message = "" if status == "pass" else one.message
    severity: Literal["error", "warn"] = "warn" if one.severity == "warn" else "error"
    return TestOutcome(one.name, one.about, severity, status, one.failures, message, code)


@dataclass(frozen=True)
class _Place:
    """Where dbt runs: a mirror of the project's *folder*, and *home*, where it keeps what it writes."""

    project: Project
    home: Path
    folder: Path

    @classmethod
    def made(cls, project: Project, sources: Mapping[str, Source], wishes: Wishes, schema: str) -> "_Place":
        settings = project.settings
        base, home = models_folder(project.root, settings.analyze.folder), project.state / "dbt"
        own = project_text(base)
        folders = model_folders(own)
        files = {} if (base / NAME).is_file() else {NAME: project_file(settings.project.name, {})}
        declared = declared_in(property_files(base, folders))
        missing = sources_file(sources.values(), declared, tested=())
        if missing:
            files[f"{folders[0]}/{_SOURCES}"] = missing
        if needs_row_count(property_files(base, [*folders, "seeds"]), model_files(base, ["macros"])):
            files[_ROW_COUNT] = ROW_COUNT.text
        mirror(base, home / "project", files)
        threads = wishes.threads or settings.analyze.threads or os.cpu_count() or 1
        (home / "profiles.yml").write_text(profile(settings.analyze.target, schema, threads), encoding="utf-8")
        (home / "target" / "run_results.json").unlink(missing_ok=True)
        return cls(project, home, home / "project")

    def arguments(self, wishes: Wishes, variables: Mapping[str, Any]) -> list[str]:
        """Return the command for dbt."""
        given = {**self.project.settings.vars, **variables}
        options = {"--full-refresh": wishes.full_refresh, "--fail-fast": wishes.fail_fast}
        return [
            "--log-format=json",
            "--log-level-file=info",
            "--no-use-colors",
            "--no-version-check",
            "--no-send-anonymous-usage-stats",
            f"--log-path={self.home / 'logs'}",
            "build",
            f"--project-dir={self.folder}",
            f"--profiles-dir={self.home}",
            f"--profile={PROFILE}",
            f"--target-path={self.home / 'target'}",
            *(["--vars", json.dumps(given)] if given else []),
            *(word for one in wishes.select for word in ("--select", one)),
            *(word for one in wishes.exclude for word in ("--exclude", one)),
            *(option for option, is_said in options.items() if is_said),
        ]

    def environ(self, database: Database) -> dict[str, str]:
        """Return the environment for dbt: with what leads to Postgres, and without what is minidata's own."""
        reach = dict(environment(role_endpoint(self.project, ANALYST).url))
        environ = {name: value for name, value in self.project.environ.items() if not name.startswith("MINIDATA_")}
        environ |= reach
        environ[PASSWORD] = environ.pop("PGPASSWORD", "")
        who, login = database.one("select current_user::text, session_user::text") or ("", "")
        options = [environ.get("PGOPTIONS", ""), _SESSION, f"-c role={who}" if who != login else ""]
        environ["PGOPTIONS"] = " ".join(filter(None, options))
        environ.setdefault("PGAPPNAME", "minidata dbt")
        environ["DO_NOT_TRACK"] = "1"
        return environ

    def results(self) -> tuple[NodeResult, ...] | None:
        """Return what dbt wrote about its run; None when it wrote nothing."""
        target = self.home / "target"
        if not (target / "run_results.json").is_file():
            return None
        return read_results((target / "run_results.json").read_bytes(), (target / "manifest.json").read_bytes())


@dataclass
class _Hearing:
    """Hears what dbt says while it is at work: how far it is, its warnings, and what it failed with."""

    watch: Watch
    done: int = 0
    errors: list[str] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)

    def hear(self, told: Told) -> None:
        if told.name in _FINISHED:
            self.done += 1
            self.watch.count("nodes of dbt", self.done, int(told.data.get("total") or 0) or None)
        elif told.level == "warn" and not _TOLD_ELSEWHERE.match(told.name):
            self.watch.note(f"dbt: {' '.join(told.message.split())}")
        elif told.level == "error":
            self.errors.append(told.message)
        elif told.level == "plain" and told.message.strip():
            self.plain.append(told.message.strip())

    def failure(self, code: int) -> str:
        """Say in one line why dbt has done nothing."""
        said = [" ".join(one.split()) for one in self.errors] or self.plain[-3:] or [f"it ended with {code}"]
        return f"dbt: {' '.join(said)}"
