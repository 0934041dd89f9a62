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
from minidata.core.running.exports import Plan, answerable, bucket_secrets, github_schedule, in_bucket
from minidata.core.running.schedules import DEFAULT
from minidata.core.source import Source, secrets_of, unasked
from minidata.steps.isolating.exporting import isolation
from minidata.steps.models import project_models


@dataclass(frozen=True)
class Wanted:
    """
    What is to be exported: the *schedule*, only some *sources* (all for none), where *program* is.

    *dag_id* names Airflow's DAG, whose tasks run in containers of their own when it is *isolated*.
    """

    schedule: str = DEFAULT
    sources: Sequence[str] = ()
    program: Path | None = None
    dag_id: str | None = None
    isolated: bool = False


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


@dataclass(frozen=True)
class Job:
    """What the files are made of; *sources* are the chosen ones."""

    project: Project
    plan: Plan
    cron: Cron
    wanted: Wanted
    sources: Sequence[Source]


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
    plan = _plan(project, sources, wanted, cron)
    exported = TARGETS[target](Job(project, plan, cron, wanted, [sources[name] for name in plan.sources]))
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
    settings = project.settings
    chosen = tuple(dict.fromkeys(wanted.sources)) or tuple(unasked(sources, settings.sources))
    return Plan(
        name=settings.project.name,
        root=str(project.root),
        output=str(project.root / settings.report.output),
        program=str(_program(wanted.program)),
        schedule=cron.expression,
        explained=cron.explained,
        sources=chosen,
        reports=answerable(read_reports(project.root), project_models(project, {}), chosen, sources),
        secrets=tuple(sorted(secrets_of(sources[name] for name in chosen))),
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


def _airflow(job: Job) -> Exported:
    dag_id = job.wanted.dag_id or f"minidata_{job.plan.name}"
    facts = {"plan": job.plan, "dag_id": dag_id}
    if job.wanted.isolated:
        text = rendered("airflow_isolated.py", **facts, isolation=isolation(job.project, job.sources))
    else:
        text = rendered("airflow.py", **facts)
    return Exported("airflow", (ExportedFile(f"{dag_id}.py", text),))


def _cron(job: Job) -> Exported:
    plan = _alone(job.plan)
    # The folder of the project's state, so that the shell can open the log before anything has run.
    text = rendered("crontab", plan=plan, log=str(job.project.state / "cron.log"))
    return Exported("cron", (ExportedFile(f"minidata-{plan.name}.crontab", text),))


def _systemd(job: Job) -> Exported:
    plan = _alone(job.plan)
    unit = f"minidata-{plan.name}"
    places = [path for path in (Path(plan.store), Path(plan.output)) if path.is_absolute()]
    facts = {
        "plan": plan,
        "unit": unit,
        "events": job.cron.calendar.on_calendar(),
        "writes": [str(path) for path in places if not path.is_relative_to(plan.root)],
    }
    templates = {f"{unit}.service": "run.service", f"{unit}.timer": "run.timer"}
    if plan.starts_engine:
        templates[f"{unit}-engine.service"] = "engine.service"
    files = tuple(ExportedFile(name, rendered(template, **facts)) for name, template in templates.items())
    note = f"copy them to /etc/systemd/system, then `systemctl daemon-reload && systemctl enable --now {unit}.timer`"
    return Exported("systemd", files, (note,))


def _github_actions(job: Job) -> Exported:
    plan = _alone(job.plan)
    secrets = (*plan.secrets, *bucket_secrets(plan.store))
    text = rendered(
        "github.yml",
        plan=plan,
        schedule=github_schedule(plan.schedule, job.cron.calendar.weekdays),
        secrets=secrets,
        in_bucket=in_bucket(plan.store),
        output=job.project.settings.report.output,
    )
    notes = [f"set the secrets of the repository: {', '.join(secrets)}"]
    if not in_bucket(plan.store):
        notes.append(f"warning: the store is the folder {plan.store}, which is lost with the machine: name a bucket")
    return Exported("github-actions", (ExportedFile("minidata.yml", text),), tuple(notes))


TARGETS: Mapping[str, Callable[[Job], Exported]] = {
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
