"""Models built side by side: in order, without deadlock, and ended when somebody wants it."""

import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from minidata.adapters.database import locks
from minidata.adapters.database.connection import Database
from minidata.adapters.project import Project
from minidata.core.errors import EngineDown, Exit, LockedError
from minidata.steps.analyze import Wishes, analyze

Write = Callable[..., None]

TABLE = "{{ config(materialized='table') }} "
OTHERS = """
select pid, query from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and application_name = 'minidata'
"""
SLEEPING = OTHERS + " and state = 'active' and query ~ 'pg_sleep' and query !~ 'pg_stat_activity'"


def test_what_does_not_read_each_other_is_built_at_one_time(project: Project, write: Write) -> None:
    """Each waits for the other to begin: one by one they would wait for ever."""
    meet = "select pg_advisory_lock_shared({mine}) is null as n, (select public.await_lock({other}))"
    write(a=TABLE + meet.format(mine=1, other=2), b=TABLE + meet.format(mine=2, other=1))

    facts = analyze(project, Wishes(threads=2))

    assert facts.exit_code == Exit.DONE, facts.models


@pytest.fixture(autouse=True)
def await_lock(owner: Database) -> None:
    """A function that comes back when somebody holds a lock."""
    owner.run(
        """
        create function public.await_lock(key int) returns boolean language plpgsql as $$
        begin
          for i in 1..6000 loop
            if exists (select from pg_locks where locktype = 'advisory' and objid = key and granted) then
              return true;
            end if;
            perform pg_sleep(0.01);
          end loop;
          raise exception 'nobody came';
        end $$
        """
    )


def test_many_models_on_eight_threads_are_built_in_order_without_a_deadlock(
    project: Project, write: Write, reader: Database
) -> None:
    for generation in range(3):
        write(
            **{
                f"m{n}": f"{TABLE}select {generation} + coalesce(sum(n), 0) as n from (select 0 as n "
                + " ".join(f"union all select n from {{{{ ref('m{p}') }}}}" for p in range(n % 7, n, 7))
                + ") as x"
                for n in range(60)
            },
            grown="{{ config(materialized='incremental', unique_key='n') }} select n from {{ ref('m59') }}",
            more="{{ config(materialized='incremental') }} select n from {{ ref('grown') }}",
        )
        facts = analyze(project, Wishes(threads=8))
        assert (facts.exit_code, facts.published) == (Exit.DONE, True), facts.models
        assert [model.name for model in facts.models].index("m59") > [m.name for m in facts.models].index("m3")

    # m3 reads nothing but itself; each of m10, m17 … m59 doubles.
    assert reader.rows("select m3.n, m59.n from analytics.m3, analytics.m59") == [(2, 2 * 2**8)]
    assert reader.rows("select count(*) from analytics.grown") == [(3,)]


def test_a_failure_keeps_only_what_reads_it_from_being_built(project: Project, write: Write) -> None:
    write(
        bad=f"{TABLE}select 1 / 0 as n",
        inside="{{ config(materialized='ephemeral') }} select n from {{ ref('bad') }}",
        below="select n from {{ ref('inside') }}",
        further="select n from {{ ref('below') }}",
        other="select 1 as n",
    )

    facts = analyze(project, Wishes(threads=4))

    assert {model.name: (model.status, model.message) for model in facts.models} == {
        "bad": ("failed", "model bad: division by zero (sql/models/bad.sql)"),
        "other": ("built", ""),
        "below": ("skipped", "bad failed"),
        "further": ("skipped", "below skipped"),
    }


def test_the_first_failure_ends_it_when_that_is_wished(project: Project, write: Write, owner: Database) -> None:
    write(
        a=f"{TABLE}select 1 / case when public.await_lock(7) then 0 end as n",
        b=f"{TABLE}select pg_advisory_lock_shared(7) is null as n, pg_sleep(600) is null as m",
        c=f"{TABLE}select n from {{{{ ref('b') }}}}",
    )

    facts = analyze(project, Wishes(threads=2, fail_fast=True))

    assert {model.name: model.status for model in facts.models} == {"a": "failed", "b": "skipped", "c": "skipped"}
    assert _gone(owner)


def test_an_interrupt_cancels_what_runs_in_postgres(project: Project, write: Write, owner: Database) -> None:
    write(**{f"m{n}": f"{TABLE}select pg_sleep(600) is null as n" for n in range(4)})

    def interrupt() -> None:
        while len(owner.rows(SLEEPING)) < 3:
            time.sleep(0.01)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        analyze(project, Wishes(threads=3))
    thread.join()

    assert owner.rows(SLEEPING) == []
    assert _gone(owner)


def test_a_postgres_that_goes_away_ends_all(project: Project, write: Write, owner: Database) -> None:
    write(**{f"m{n}": f"{TABLE}select pg_sleep(600) is null as n" for n in range(4)})

    def end_one() -> None:
        while len(owner.rows(SLEEPING)) < 3:
            time.sleep(0.01)
        owner.run(f"select pg_terminate_backend(pid) from ({SLEEPING} limit 1) x")

    thread = threading.Thread(target=end_one)
    thread.start()
    with pytest.raises(EngineDown):
        analyze(project, Wishes(threads=3))
    thread.join()

    assert _gone(owner)


def test_with_few_connections_those_that_there_are_do_the_work(
    project: Project, write: Write, owner: Database, reader: Database
) -> None:
    name = owner.connection.info.dbname
    # The test's own two, and two for the analyze.
    owner.run(f'alter database "{name}" connection limit 4')
    owner.run("alter role minidata_analyst login")
    write(**{f"m{n}": f"{TABLE}select {n} as n" for n in range(12)})

    with ThreadPoolExecutor(1) as pool:
        facts = pool.submit(analyze, project, Wishes(threads=8)).result()

    assert facts.published
    assert reader.rows("select m11.n from analytics.m11") == [(11,)]


def test_one_waits_for_what_another_that_was_killed_has_left(project: Project, write: Write, owner: Database) -> None:
    """Of a killed analyze the connection that held the lock may be gone before one that builds."""
    (project.root / "minidata.toml").write_text("[analyze]\nlock_timeout = 0.1\n")
    write(a="select 1 as n")
    locks.join_analyzing(owner)

    with pytest.raises(LockedError, match="an analyze that was ended builds still"):
        analyze(Project.find())


def _gone(owner: Database) -> bool:
    """Whether no connection of an analyze is left, once Postgres has noticed."""
    for _ in range(500):
        if not owner.rows(OTHERS):
            return True
        time.sleep(0.01)
    return False
