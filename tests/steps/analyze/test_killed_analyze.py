"""kill -9 in the middle of an analyze: readers see a whole publish, and running it again finishes the work."""

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from faults.victims import Nursery, nursery
from minidata.adapters.database.connection import Database
from minidata.adapters.project import Project
from minidata.core.errors import Exit
from minidata.core.failpoints import FAILPOINT, KILLED, Failpoint
from minidata.steps.analyze import analyze
from minidata.steps.rollback import rollback

Write = Callable[..., None]

MODELS = 6
POINTS = [point for point in Failpoint if point.startswith("analyze.")]
NAMES = [f"m{n}" for n in range(MODELS)]
VIEWS = ", ".join(f"analytics.{name}" for name in NAMES)
# Of each publish every model has the number, and the incremental one a row of each number up to it.
SEEN = f"""
select {", ".join(f"{name}.n" for name in NAMES)}, (select max(n) from analytics.grown),
  (select count(*) from analytics.grown), (select sum(n) from analytics.totals), (select max(n) from analytics.kept)
from {VIEWS}
"""


def whole(generation: int) -> list[tuple[int, ...]]:
    total = sum(range(generation + 1))
    return [(*[generation] * MODELS, generation, generation + 1, total, generation)]


def write_generation(write: Write, generation: int) -> None:
    write(
        **dict.fromkeys(NAMES, f"{{{{ config(materialized='table') }}}} select {generation} as n"),
        grown="{{ config(materialized='incremental') }} select n from {{ ref('m0') }}",
        totals="select sum(n) as n from {{ ref('grown') }}",
        # Its key is always the same: each time the one row that counts is another.
        kept="{{ config(materialized='incremental', unique_key='k', indexes=[{'columns': ['k'], 'unique': true}]) }}"
        " select 1 as k, n from {{ ref('m1') }}",
    )


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Nursery]:
    with nursery(tmp_path / "said.txt") as found:
        yield found


def test_no_failpoint_of_an_analyze_is_forgotten() -> None:
    assert POINTS == [
        Failpoint.MODEL_BUILT,
        Failpoint.MID_INCREMENT,
        Failpoint.BEFORE_PUBLISH,
        Failpoint.AFTER_PUBLISH,
        Failpoint.AFTER_SWEEP,
    ]


@pytest.mark.parametrize("point", [*POINTS, f"{Failpoint.MODEL_BUILT}:5", f"{Failpoint.MODEL_BUILT}:9"])
def test_killed_at_any_failpoint_readers_see_the_old_or_the_new_set(
    project: Project, owner: Database, write: Write, processes: Nursery, point: str
) -> None:
    for generation in range(2):
        write_generation(write, generation)
        analyze(project)
    write_generation(write, 2)

    assert processes.begin("analyze", call=None, **{FAILPOINT: point}).wait() == KILLED, processes.log.read_text()

    published = point in {Failpoint.AFTER_PUBLISH, Failpoint.AFTER_SWEEP}
    assert owner.rows(SEEN) == whole(2 if published else 1)
    assert processes.begin("analyze", call=None).wait() == Exit.DONE, processes.log.read_text()
    assert owner.rows(SEEN) == whole(2)
    rollback(project)
    assert owner.rows(SEEN) == whole(1)
    analyze(project)
    assert owner.rows(SEEN) == whole(2)


def test_killed_at_any_moment_readers_see_the_old_or_the_new_set(
    project: Project, owner: Database, write: Write, processes: Nursery
) -> None:
    write_generation(write, 0)
    analyze(project)
    dice = random.Random(20260131)  # noqa: S311 - moments to kill at

    for generation in range(1, 9):
        write_generation(write, generation)
        victim = processes.begin("analyze", call=None)
        time.sleep(dice.uniform(0.05, 0.5))
        victim.kill()
        victim.wait()

        assert owner.rows(SEEN) in (whole(generation - 1), whole(generation))

        assert processes.begin("analyze", call=None).wait() == Exit.DONE, processes.log.read_text()
        assert owner.rows(SEEN) == whole(generation)
