"""What doctor and logs see of a Postgres in Docker."""

from itertools import islice

import pytest

from engine_projects import IMAGE
from minidata.adapters.project import Project
from minidata.core.errors import EngineDown, Exit
from minidata.core.findings import Finding
from minidata.sources import SOURCES
from minidata.steps.doctor import doctor
from minidata.steps.down import down
from minidata.steps.logs import logs
from minidata.steps.up import up

pytestmark = pytest.mark.docker


def found(project: Project) -> dict[str, Finding]:
    return {finding.name: finding for finding in doctor(project, SOURCES).findings}


def test_a_container_is_looked_at_from_its_beginning_to_its_end(docker_project: Project) -> None:
    before = found(docker_project)
    up(docker_project)
    running = found(docker_project)
    last, *_ = islice(logs(docker_project, newest=1, follow=True), 1)
    written = list(logs(docker_project))
    down(docker_project)
    after = found(docker_project)

    assert (before["container"].state, before["container"].mend) == ("problem", "minidata up")
    assert (before["image"].state, before["volume"].what) == ("ok", "none yet")
    names = ("image", "container", "port", "volume", "postgres", "roles")
    assert {name: running[name].state for name in names} == dict.fromkeys(names, "ok")
    assert running["port"].what.startswith("127.0.0.1:")
    assert IMAGE in running["image"].what
    assert last
    assert any("ready to accept connections" in line for line in written)
    assert after["container"].exit_code == Exit.ENGINE
    with pytest.raises(EngineDown):
        list(logs(docker_project))


def test_a_wrong_password_is_mended_by_up(docker_project: Project) -> None:
    up(docker_project)
    kept = docker_project.read_state("password")
    docker_project.write_state("password", {**kept, "password": "quite-another-one"})

    wrong = found(docker_project)["postgres"]
    up(docker_project)

    assert (wrong.state, wrong.exit_code, wrong.mend) == ("problem", Exit.ENGINE, "minidata up")
    assert found(docker_project)["postgres"].state == "ok"
