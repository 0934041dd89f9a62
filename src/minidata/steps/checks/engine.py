"""The engine: whether Docker answers and what it has of the project, or whether the embedded programs are there."""

from collections.abc import Iterator

from minidata.adapters.docker.looking import Seen, look
from minidata.adapters.embedded.programs import MAJOR, programs
from minidata.adapters.project import Project
from minidata.adapters.project.identity import identity
from minidata.core.errors import EngineError, Exit
from minidata.core.findings import Finding, ok, problem, trouble, warning
from minidata.core.grants import url_setting
from minidata.steps.checks.patient import Check, Patient
from minidata.steps.engine import chosen, embedded_engine, url_endpoint

_UP = "minidata up"
_LOCAL = ("127.0.0.1:", "[::1]:", "::1:")


def engine(patient: Patient) -> Iterator[Finding]:
    """What runs, or would run, Postgres."""
    project = patient.project
    kind = chosen(project)
    if kind == "docker":
        yield from _docker(project)
    elif kind == "embedded":
        yield from _embedded(project)
    elif kind == "url":
        yield from _url(project)
    else:
        yield _undecided(project)


def _undecided(project: Project) -> Finding:
    """`up` will choose: Docker when it answers, else embedded."""
    try:
        seen = look(identity(project).id, project.settings.engine.image)
    except EngineError as docker:
        try:
            programs()
        except EngineError:
            return trouble("engine", docker)
        return ok("engine", f"`minidata up` will take the embedded one: {docker}")
    pull = "" if seen.image_major is not None else f", and pull {project.settings.engine.image} if that can be had"
    return ok("engine", f"`minidata up` will take Docker {seen.version}, which answers at {seen.engine}{pull}")


def _url(project: Project) -> Iterator[Finding]:
    settings = project.settings.engine
    if settings.url is None and settings.loader_url is not None:
        yield ok("engine", f"somebody else's Postgres, at {url_setting('minidata_loader')} and its siblings")
    else:
        yield ok("engine", f"{url_endpoint(project).where}, which is not ours to start or stop")


def _docker(project: Project) -> Iterator[Finding]:
    image = project.settings.engine.image
    seen = look(identity(project).id, image)
    yield ok("engine", f"Docker {seen.version} answers at {seen.engine}")
    yield _image(seen, image)
    yield _container(seen, image)
    yield from _port(seen)
    yield from _volumes(seen, image)


def _image(seen: Seen, image: str) -> Finding:
    if seen.image_major is None:
        # One that runs already needs none.
        found = warning if seen.status == "running" else _engine_problem
        return found("image", f"{image} is not here", f"docker pull {image}")
    if not seen.image_major:
        return problem("image", f"{image} is no Postgres", "set [engine] image in minidata.toml to a postgres image")
    return ok("image", f"{image}, Postgres {seen.image_major}")


def _container(seen: Seen, image: str) -> Finding:
    if seen.container is None:
        return _engine_problem("container", "there is none", _UP)
    if seen.status != "running":
        return _engine_problem("container", f"{seen.container} is {seen.status}", _UP)
    if seen.made_of != image:
        return warning("container", f"{seen.container} is made of {seen.made_of}, not of {image}", _UP)
    if seen.health == "unhealthy":
        return _engine_problem("container", f"{seen.container} runs, and does not answer", "minidata logs")
    return ok("container", f"{seen.container} runs")


def _port(seen: Seen) -> Iterator[Finding]:
    if seen.status != "running":
        return
    if seen.address is None:
        yield _engine_problem("port", f"{seen.container} has no port on this machine", f"minidata down; {_UP}")
    elif not seen.address.startswith(_LOCAL):
        yield problem("port", f"{seen.address} is open to the network", f"minidata down; {_UP}", code=Exit.REFUSED)
    else:
        yield ok("port", seen.address)


def _volumes(seen: Seen, image: str) -> Iterator[Finding]:
    shown = ", ".join(f"{name} (Postgres {major or 'unknown'})" for name, major in seen.volumes.items())
    if seen.volumes and seen.image_major and seen.image_major not in seen.volumes.values():
        told = f"{shown} is not of the image {image}, Postgres {seen.image_major}"
        yield problem("volume", told, "minidata up --upgrade", code=Exit.REFUSED)
    else:
        yield ok("volume", shown or "none yet")


def _embedded(project: Project) -> Iterator[Finding]:
    yield ok("engine", f"embedded, programs in {programs()}")
    runner = embedded_engine(project)
    version = runner.folder / "PG_VERSION"
    if not version.exists():
        yield _engine_problem("data", "there is none yet", _UP)
        return
    major = version.read_text().strip()
    if major != MAJOR:
        told = f"{runner.folder} is of Postgres {major}, the embedded one is {MAJOR}"
        yield problem("data", told, "minidata up --upgrade", code=Exit.REFUSED)
    else:
        yield ok("data", f"{runner.folder}, Postgres {major}")


def _engine_problem(name: str, what: str, mend: str) -> Finding:
    return problem(name, what, mend, code=Exit.ENGINE)


CHECKS = (Check("engine", engine, needs=("settings",), seconds=6.0, code=Exit.ENGINE),)
