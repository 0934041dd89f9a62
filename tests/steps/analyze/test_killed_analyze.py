"""kill -9 in the middle of an analyze: readers see a whole publish, and running it again finishes the work."""

import random
import signal
import subprocess
import sys

from minidata.adapters.database.connection import Database
from minidata.adapters.project import Project
from minidata.steps.analyze import analyze

MODELS = 12
ANALYZE = """
from minidata.adapters.project import Project
from minidata.steps.analyze import analyze
print("go", flush=True)
analyze(Project.find())
"""
SEEN = " + ".join(f"m{n}.n" for n in range(MODELS))
VIEWS = ", ".join(f"analytics.m{n}" for n in range(MODELS))


def write_generation(project: Project, generation: int) -> None:
    for n in range(MODELS):
        text = f"{{{{ config(materialized='table') }}}} select {generation} as n from generate_series(1, 1)"
        (project.root / "sql" / "models" / f"m{n}.sql").write_text(text)


def test_a_killed_analyze_leaves_the_old_or_the_new_set(project: Project, owner: Database) -> None:
    (project.root / "sql" / "models").mkdir(parents=True)
    write_generation(project, 0)
    analyze(project)
    dice = random.Random(20260131)  # noqa: S311 - moments to kill at

    for generation in range(1, 9):
        write_generation(project, generation)
        kill_after(dice.uniform(0, 0.25))

        (total,) = owner.rows(f"select {SEEN} from {VIEWS}")[0]
        assert total in {MODELS * (generation - 1), MODELS * generation}

        analyze(project)
        assert owner.rows(f"select {SEEN} from {VIEWS}") == [(MODELS * generation,)]


def kill_after(seconds: float) -> None:
    """Start an analyze of the project here and kill it so long after it has begun."""
    with subprocess.Popen([sys.executable, "-c", ANALYZE], stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
