"""doctor: look at everything a project stands on, and say what mends what is not well. Changes nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from minidata.adapters.clock import SystemClock
from minidata.adapters.project import Project
from minidata.adapters.waiting import within
from minidata.core.clock import Clock
from minidata.core.errors import Exit, MinidataError
from minidata.core.findings import Finding, problem, trouble, worst_of
from minidata.core.source import Source
from minidata.steps.checks import engine, machine, postgres, project_folder, sources, store
from minidata.steps.checks.patient import Check, Patient

CHECKS: tuple[Check, ...] = (
    *project_folder.CHECKS,
    *sources.CHECKS,
    *engine.CHECKS,
    *postgres.CHECKS,
    *store.CHECKS,
    *machine.CHECKS,
)


@dataclass(frozen=True)
class Diagnosis:
    """All findings, in the order of looking."""

    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> Exit:
        """The worst problem's; DONE when there are but warnings."""
        return worst_of(self.findings)


def doctor(project: Project, built_in: Mapping[str, Source], *, clock: Clock | None = None) -> Diagnosis:
    """
    Look at the project with all checks, each bounded in time; *built_in* are the Sources that every project has.

    Whatever is wrong is a finding: nothing is raised.
    """
    patient = Patient(project, built_in, clock or SystemClock())
    findings: list[Finding] = []
    ill: set[str] = set()
    for check in CHECKS:
        found = list(_looked(check, patient, ill))
        findings += found
        if any(finding.state in {"problem", "skipped"} for finding in found):
            ill.add(check.name)
    return Diagnosis(tuple(findings))


def _looked(check: Check, patient: Patient, ill: set[str]) -> Iterator[Finding]:
    missing = [name for name in check.needs if name in ill]
    if missing:
        yield Finding(check.name, "skipped", f"not looked at: {missing[0]} comes first")
        return
    try:
        yield from within(check.seconds, lambda: list(check.look(patient)))
    except MinidataError as exc:
        yield trouble(check.name, exc)
    except OSError as exc:
        # A TimeoutError is one.
        said = f"no answer within {check.seconds:g} s" if isinstance(exc, TimeoutError) else str(exc)
        yield problem(check.name, said, code=check.code)
