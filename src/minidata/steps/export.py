"""export: what another scheduler needs to run the project, as a file or two."""

import getpass
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from minidata.adapters.cron import Cron
from minidata.adapters.exports import rendered
from minidata.adapters.files import is_folder, writing
from minidata.adapters.project import Project
from minidata.adapters.reports import read_reports
from minidata.core.errors import ConfigError, UnknownName
from minidata.core.exports import Plan, answerable, github_schedule, secrets_of
from minidata.core.schedules import DEFAULT
from minidata.core.source import Source
from minidata.steps.models import project_models


@dataclass(frozen=True)
class Wanted:
    """
    What is to be exported: the *schedule*, only some *sources* (all for none), where *program* is.

    *dag_id* names Airflow's DAG.
    """

    schedule: str = DEFAULT
    sources: Sequence[str] = ()
    program: Path | None = None
    dag_id: str | None = None


@dataclass(frozen=True)
class ExportedFile:
    """One file: what it should be called, what is in it, and where it was written (None: nowhere)."""

    name: str
    text: str
    path: str | None = None


@dataclass(frozen=True)
class Exported:
    """The files for one scheduler, and what a person should know about them."""

    target: str
    files: tuple[ExportedFile, ...]
    notes: tuple[str, ...] = ()


def export(
    project: Project, sources: Mapping[str, Source], target: str, wanted: Wanted, *, output: Path | None = None
) -> Exported:
    """
    Make the files for *target*: airflow, cron, systemd or github-actions.

    They are written to *output*, a file or a folder; several need a folder, which is made. With no *output* they are
    not written. Raises ConfigError for a schedule or a program that will not do, UnknownName, StoreError.
    """
    if target not in TARGETS:
        raise UnknownName("scheduler", target, TARGETS)
    cron = Cron.read(wanted.schedule)
    exported = TARGETS[target](project, _plan(project, sources, wanted, cron), cron, wanted)
    if output is None:
        return exported
    paths = _paths(exported, output)
    for file, path in zip(exported.files, paths, strict=True):
        with writing(path) as opened:
            opened.write(file.text.encode())
    files = tuple(
        ExportedFile(file.name, file.text, str(path)) for file, path in zip(exported.files, paths, strict=True)
    )
    return Exported(target, files, exported.notes)


def _plan(project: Project, sources: Mapping[str, Source], wanted: Wanted, cron: Cron) -> Plan:
    unknown = next((name for name in wanted.sources if name not in sources), None)
    if unknown is not None:
        raise UnknownName("source", unknown, sources)
    chosen = tuple(dict.fromkeys(wanted.sources)) or tuple(sources)
    settings = project.settings
    return Plan(
        name=settings.project.name,
        root=str(project.root),
        output=str(project.root / settings.report.output),
        program=str(_program(wanted.program)),
        schedule=cron.expression,
        explained=cron.explained,
        sources=chosen,
        reports=answerable(read_reports(project.root), project_models(project, {}), chosen, sources),
        secrets=secrets_of(sources[name] for name in chosen),
        only=bool(wanted.sources),
        store=settings.store.url,
        starts_engine=settings.engine.kind != "url",
        user=getpass.getuser(),
    )


def _program(given: Path | None) -> Path:
    """Return the whole path of ``minidata``: the one *given*, or the one of the environment that is running."""
    program = given or Path(sys.executable).parent / "minidata"
    if given is None and not program.is_file():
        raise ConfigError(f"there is no {program}", hint="say where minidata is: --program PATH")
    # Not resolved: an environment's program is a link, and works only under its own name.
    return program.absolute()


def _airflow(_: Project, plan: Plan, _cron: Cron, wanted: Wanted) -> Exported:
    dag_id = wanted.dag_id or f"minidata_{plan.name}"
    text = rendered("airflow.py", plan=plan, dag_id=dag_id)
    return Exported("airflow", (ExportedFile(f"{dag_id}.py", text),))


def _cron(project: Project, plan: Plan, _cron: Cron, _: Wanted) -> Exported:
    # The folder of the project's state, so that the shell can open the log before anything has run.
    text = rendered("crontab", plan=_alone(plan), log=str(project.state / "cron.log"))
    return Exported("cron", (ExportedFile(f"minidata-{plan.name}.crontab", text),))


def _systemd(project: Project, plan: Plan, cron: Cron, _: Wanted) -> Exported:
    unit = f"minidata-{_alone(plan).name}"
    store = Path(plan.store)
    writes = [str(folder) for folder in (store, Path(plan.output)) if folder.is_absolute()]
    facts = {
        "plan": plan,
        "unit": unit,
        "events": cron.calendar.on_calendar(),
        "writes": [path for path in writes if not Path(path).is_relative_to(project.root)],
    }
    files = [
        ExportedFile(f"{unit}.service", rendered("run.service", **facts)),
        ExportedFile(f"{unit}.timer", rendered("run.timer", **facts)),
    ]
    if plan.starts_engine:
        files.append(ExportedFile(f"{unit}-engine.service", rendered("engine.service", **facts)))
    note = f"copy them to /etc/systemd/system, then `systemctl daemon-reload && systemctl enable --now {unit}.timer`"
    return Exported("systemd", tuple(files), (note,))


def _github_actions(project: Project, plan: Plan, cron: Cron, _: Wanted) -> Exported:
    bucket = plan.bucket_secrets if plan.in_bucket else ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    text = rendered(
        "github.yml",
        plan=_alone(plan),
        schedule=github_schedule(plan.schedule, cron.calendar.weekdays),
        secrets=(*plan.secrets, *bucket),
        output=project.settings.report.output,
    )
    notes = [f"set the secrets of the repository: {', '.join((*plan.secrets, *bucket))}"]
    if not plan.in_bucket:
        notes.append(f"warning: the store is the folder {plan.store}, which is lost with the machine: name a bucket")
    return Exported("github-actions", (ExportedFile("minidata.yml", text),), tuple(notes))


TARGETS: Mapping[str, Callable[[Project, Plan, Cron, Wanted], Exported]] = {
    "airflow": _airflow,
    "cron": _cron,
    "systemd": _systemd,
    "github-actions": _github_actions,
}


def _alone(plan: Plan) -> Plan:
    """Return *plan*, when it is one that ``minidata run`` can do."""
    if plan.only and len(plan.sources) > 1:
        raise ConfigError("`minidata run` takes one source, or all of them", hint="export once for each --source")
    return plan


def _paths(exported: Exported, output: Path) -> Sequence[Path]:
    if len(exported.files) == 1 and not is_folder(output):
        return [output]
    return [output / file.name for file in exported.files]
