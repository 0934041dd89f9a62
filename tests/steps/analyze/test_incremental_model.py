"""
Incremental models against dbt's semantics written in Python: any increments, failures, kills, rollbacks and refreshes.

After each step readers see exactly the rows that the reference has, and what goes wrong changes nothing for them.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minidata.adapters.database.connection import Database, connect
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError, Exit, RefusedError
from minidata.core.failpoints import Failpoint, arm
from minidata.steps.analyze import Wishes, analyze
from minidata.steps.engine import endpoint
from minidata.steps.rollback import rollback

Row = tuple[int | None, int | None, str | None]
STRATEGIES = ["append", "delete+insert", "merge", "partial"]
KEYS = st.one_of(st.none(), st.integers(0, 3))
ROWS = st.lists(st.tuples(KEYS, KEYS, st.sampled_from(["a", "b", "c", None])), max_size=6)
STEPS: st.SearchStrategy[tuple[str, list[Row]]] = st.one_of(
    st.tuples(st.just("increment"), ROWS),
    st.tuples(st.just("failing test"), ROWS),
    st.tuples(st.just("killed"), ROWS),
    st.tuples(st.just("refresh"), ROWS),
    st.tuples(st.just("rollback"), st.just([])),
)
BAD = "bad"


class Killed(BaseException):
    """What stands for the end of the process."""


@dataclass
class Reference:
    """What dbt's strategies do to rows; *publishes* has of each publish its rows, and the one that first had them."""

    strategy: str
    rows: list[Row] = field(default_factory=list)
    publishes: list[tuple[int, list[Row]]] = field(default_factory=list)

    def grown(self, new: list[Row]) -> list[Row] | None:
        """The rows after an increment; None where dbt fails."""
        keys = [(n, m) for n, m, _ in new if n is not None and m is not None]
        there = Counter((n, m) for n, m, _ in self.rows)
        if self.strategy == "append":
            return [*self.rows, *new]
        if self.strategy == "delete+insert":
            return [*(row for row in self.rows if (row[0], row[1]) not in keys), *new]
        if any(count > 1 and there[key] for key, count in Counter(keys).items()):
            return None
        by_key = {(n, m): v for n, m, v in new if n is not None and m is not None}
        kept = [
            row if (key := (row[0], row[1])) not in by_key or self.strategy == "partial" else (*key, by_key[key])
            for row in self.rows
        ]
        return [*kept, *(row for row in new if (row[0], row[1]) not in keys or not there[row[0], row[1]])]

    def publish(self, rows: list[Row]) -> None:
        self.rows = rows
        self.publishes.append((len(self.publishes), rows))

    def go_back(self) -> None:
        state, _ = self.publishes[-1]
        self.publishes.append(self.publishes[state - 1])
        self.rows = self.publishes[-1][1]


@pytest.fixture
def owner_of(project: Project) -> Callable[[], Any]:
    @contextmanager
    def opened() -> Iterator[Database]:
        with connect(endpoint(project).url) as database:
            yield database

    return opened


def config(strategy: str) -> str:
    """The model's config: *partial* is a merge that writes no more than the key into a row that is there."""
    words = {
        "append": "",
        "delete+insert": "unique_key=['n', 'm'], incremental_strategy='delete+insert',",
        "merge": "unique_key=['n', 'm'], incremental_strategy='merge',",
        "partial": "unique_key=['n', 'm'], incremental_strategy='merge', merge_update_columns=['n'],",
    }
    return f"{{{{ config({words[strategy]} materialized='incremental') }}}} select n, m, v from public.given"


def load(owner: Database, rows: list[Row]) -> None:
    owner.run("create table if not exists public.given (n int, m int, v text)")
    owner.run("grant select on public.given to public; truncate public.given")
    for row in rows:
        owner.run("insert into public.given values (%s, %s, %s)", list(row))


@pytest.mark.parametrize("strategy", STRATEGIES)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(first=ROWS, steps=st.lists(STEPS, max_size=7))
def test_readers_see_the_rows_of_the_reference(
    project: Project, owner: Database, strategy: str, first: list[Row], steps: list[tuple[str, list[Row]]]
) -> None:
    (project.root / "minidata.toml").write_text("[analyze]\nkeep_versions = 20\nthreads = 1\n")
    project, reference = Project(project.root), Reference(strategy)
    owner.run("drop table if exists minidata.publish; drop schema if exists analytics, minidata_build cascade")
    owner.run("create schema analytics authorization minidata_analyst")
    owner.run("create schema minidata_build authorization minidata_analyst")
    (project.root / "sql/models").mkdir(exist_ok=True)
    (project.root / "sql/tests").mkdir(exist_ok=True)
    (project.root / "sql/models/a.sql").write_text(config(strategy))
    tested = project.root / "sql/tests/t.sql"
    tested.write_text("select 1 from (select 1) as x where false")
    load(owner, first)
    assert analyze(project).exit_code == Exit.DONE
    reference.publish(list(first))

    for what, new in steps:
        load(owner, new)
        if what == "rollback":
            go_back(project, reference)
        else:
            go_on(project, reference, tested, what, new)
        seen = owner.rows("select n, m, v from analytics.a")
        assert Counter(seen) == Counter(reference.rows), (what, new)


def go_on(project: Project, reference: Reference, tested: Path, what: str, new: list[Row]) -> None:
    """Analyze, and do to the reference what that must have done."""
    grown = list(new) if what == "refresh" else reference.grown(new)
    if what == "failing test":
        tested.write_text("select n from {{ ref('a') }} union all select 1")
    if what == "killed":
        with pytest.raises(Killed):
            analyze_until_killed(project)
        return
    facts = analyze(project, Wishes(full_refresh=what == "refresh"))
    tested.write_text("select 1 from (select 1) as x where false")
    if grown is None:
        assert facts.exit_code == Exit.CONFIG
        assert "cannot affect row a second time" in facts.models[0].message
    elif what == "failing test":
        assert facts.exit_code == Exit.TESTS
    else:
        assert (facts.exit_code, facts.published) == (Exit.DONE, True), facts.models
        reference.publish(grown)


def analyze_until_killed(project: Project) -> None:
    def die(code: int) -> None:
        raise Killed(code)

    arm(Failpoint.BEFORE_PUBLISH, die)
    try:
        analyze(project)
        # The increment itself was refused, as dbt refuses it.
        raise Killed
    finally:
        arm(None, die)


def go_back(project: Project, reference: Reference) -> None:
    try:
        rollback(project)
    except (ConfigError, RefusedError):
        # There is none before it; or an increment upon an older state took its rows back.
        return
    reference.go_back()
