"""The machine: room on its disk, its clock, its way to the network, its Python."""

from collections.abc import Iterator

from minidata import __version__
from minidata.adapters import machine
from minidata.core.findings import Finding, ok, problem, warning
from minidata.steps.checks.patient import Check, Patient

_GIB = 2**30
_LEAST_SHARE = 0.05
_YEARS = range(2025, 2100)
_SKEW = 60.0


def disk(patient: Patient) -> Iterator[Finding]:
    """Whether there is room for more: 1 GiB and 5 %."""
    found = machine.disk(patient.project.root)
    told = f"{found.free / _GIB:,.1f} of {found.total / _GIB:,.1f} GiB free"
    if found.free < _GIB or found.free < _LEAST_SHARE * found.total:
        yield warning("disk", told, "make room, or move the object store: [store] url")
    else:
        yield ok("disk", told)


def clock(patient: Patient) -> Iterator[Finding]:
    """Whether the time can be true: the order of Runs is that of their times."""
    now = patient.clock.now()
    if now.year not in _YEARS:
        yield problem("clock", f"it says {now:%Y-%m-%d}", "set it, best by NTP")
        return
    seen = machine.file_time(patient.project.root)
    skew = abs(seen - patient.clock.now().timestamp()) if seen is not None else 0.0
    if skew > _SKEW:
        yield warning("clock", f"the file system's is {skew:,.0f} s apart", "set both by NTP")
    else:
        yield ok("clock", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def network(_: Patient) -> Iterator[Finding]:
    """Which proxies and certificates of the environment requests go by."""
    found = [f"{kind} by {url}" for kind, url in machine.proxies().items()]
    for name, path in machine.certificates():
        if not path.exists():
            yield problem("network", f"{name} names {path}, which is not there", f"unset {name}")
        found.append(f"{name}={path}")
    yield ok("network", ", ".join(found) or "no proxy in the environment")


def versions(_: Patient) -> Iterator[Finding]:
    """Which minidata and which Python this is."""
    yield ok("versions", f"minidata {__version__}, {machine.python()}")


CHECKS = (
    Check("disk", disk),
    Check("clock", clock),
    Check("network", network),
    Check("versions", versions),
)
