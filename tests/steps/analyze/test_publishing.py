"""The publish: what readers see, and what becomes of what others have built on it."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from queue import SimpleQueue

import pytest

from minidata.adapters.database.connection import READER, Database
from minidata.adapters.database.locks import analyzing
from minidata.adapters.project import Project
from minidata.core.errors import Exit, LockedError, RefusedError
from minidata.core.watch import Nobody
from minidata.steps.analyze import analyze
from readers import Row, reading

Write = Callable[..., None]

BUILT = "select relname from pg_class where relnamespace = 'minidata_build'::regnamespace"
TABLE = "{{ config(materialized='table') }} "


@dataclass(frozen=True)
class Told(Nobody):
    """Puts notes where another thread waits for them."""

    notes: SimpleQueue[str]

    def note(self, line: str) -> None:
        """Put it there."""
        self.notes.put(line)


def together(*queries: str) -> Callable[[Database], Iterable[Row]]:
    """Return what asks *queries* in one transaction."""

    def ask(database: Database) -> Iterable[Row]:
        with database.transaction():
            return [row for query in queries for row in database.rows(query)]

    return ask


def test_readers_never_see_a_missing_view_nor_a_mixture(project: Project, write: Write) -> None:
    write(a=f"{TABLE}select 0 as n", b=f"{TABLE}select 0 as n")
    analyze(project)

    query = "select a.n, b.n, (select n from analytics.a) from analytics.b, analytics.a, pg_sleep(0.003)"
    with reading(project, together(query)) as seen:
        for n in range(1, 11):
            # Every other time the column's type changes too, so the views are made again.
            text = f"{TABLE}select {n}{'::numeric' if n % 2 else '::bigint'} as n"
            write(a=text, b=text)
            assert analyze(project).published

    assert len(seen) > 10
    assert {row for row in seen if len(set(row)) > 1} == set()


def test_readers_who_take_the_views_in_another_order_are_not_in_the_way_for_ever(
    project: Project, write: Write
) -> None:
    write(a=f"{TABLE}select 0 as n", b=f"{TABLE}select 0 as n")
    analyze(project)

    slowly = "select n, pg_sleep(0.01) from analytics."
    with ExitStack() as readers:
        for _ in range(3):
            readers.enter_context(reading(project, together(f"{slowly}b", f"{slowly}a")))
        for n in range(1, 4):
            write(a=f"{TABLE}select {n} as n", b=f"{TABLE}select {n} as n")
            assert analyze(project).published


def test_a_failing_test_publishes_nothing_and_keeps_the_rows(
    project: Project, write: Write, put: Write, owner: Database
) -> None:
    write(a=f"{TABLE}select n from generate_series(1, 3) as n")
    put("sql/tests/small.sql", "select * from {{ ref('a') }} where n > 3")
    analyze(project)
    write(a=f"{TABLE}select n from generate_series(1, 300) as n")

    facts = analyze(project)

    assert (facts.exit_code, facts.published, facts.tests[0].failures) == (Exit.TESTS, False, 297)
    assert owner.rows("select count(*) from analytics.a") == [(3,)]
    kept = (
        "select test, severity, failures, count(*), min((row ->> 'n')::int) from minidata.test_failure group by 1, 2, 3"
    )
    assert owner.rows(kept) == [("small", "error", 297, 100, 4)]


def test_what_failed_is_published_once_it_passes(project: Project, write: Write, put: Write, reader: Database) -> None:
    write(a=f"{TABLE}select 5 as n")
    put("sql/tests/small.sql", "select * from {{ ref('a') }} where n > 3")
    analyze(project)
    put("sql/tests/small.sql", "select * from {{ ref('a') }} where n > 30")

    facts = analyze(project)

    assert (facts.models[0].status, facts.published) == ("unchanged", True)
    assert reader.rows("select n from analytics.a") == [(5,)]


def test_a_test_that_warns_publishes(project: Project, write: Write, put: Write, owner: Database) -> None:
    write(a="select 5 as n")
    put("sql/tests/small.sql", "{{ config(severity='warn') }} select * from {{ ref('a') }} where n > 3")

    facts = analyze(project)

    assert (facts.tests[0].status, facts.exit_code, facts.published) == ("warn", Exit.DONE, True)
    assert owner.rows("select row from minidata.test_failure") == [({"n": 5},)]


def test_a_broken_test_publishes_nothing(project: Project, write: Write, put: Write) -> None:
    write(a="select 5 as n")
    put("sql/tests/small.sql", "select *\nfrom {{ ref('a') }}\nwhere nope > 3")

    facts = analyze(project)

    assert (facts.exit_code, facts.published) == (Exit.CONFIG, False)
    assert facts.tests[0].message == 'column "nope" does not exist (sql/tests/small.sql:3)'


def test_a_column_may_be_retyped_and_dropped(project: Project, write: Write, reader: Database) -> None:
    write(a="select 1::int as n, 'x' as gone")
    analyze(project)
    write(a="select 'one' as n")

    analyze(project)

    assert reader.rows("select * from analytics.a") == [("one",)]


def test_grants_and_comments_of_others_stay_when_a_view_is_made_again(
    project: Project, write: Write, owner: Database
) -> None:
    write(a="select 1::int as n, 2 as m")
    analyze(project)
    owner.run("create role auditor_of_test")
    try:
        owner.run("grant select on analytics.a to auditor_of_test")
        owner.run("grant update (n) on analytics.a to public")
        owner.run("comment on column analytics.a.n is 'mine'")
        write(a="select 1::text as n, 2 as m")

        analyze(project)

        granted = "select has_table_privilege(%s, 'analytics.a', 'select')"
        assert owner.rows(granted, ["auditor_of_test"]) == owner.rows(granted, [READER]) == [(True,)]
        assert owner.rows("select has_column_privilege('auditor_of_test', 'analytics.a', 'n', 'update')") == [(True,)]
        assert owner.rows("select col_description('analytics.a'::regclass, 1)") == [("mine",)]
    finally:
        owner.run("drop owned by auditor_of_test")
        owner.run("drop role auditor_of_test")


def test_a_foreign_view_lives_on_and_sees_the_new_rows(project: Project, write: Write, owner: Database) -> None:
    write(a="select 1 as n")
    analyze(project)
    owner.run("create view public.mine as select n * 10 as n from analytics.a")
    write(a="select 2 as n, 'new' as more")

    analyze(project)

    assert owner.rows("select n from public.mine") == [(20,)]


def test_a_publish_that_would_break_a_foreign_view_is_refused_and_names_it(
    project: Project, write: Write, owner: Database
) -> None:
    write(a="select 1 as n", b="select 1 as n")
    analyze(project)
    owner.run("create view public.mine as select n * 10 as n from analytics.a")
    write(a="select 2 as other", b="select 2 as n")

    with pytest.raises(RefusedError, match=r"analytics\.a loses n, and public\.mine needs it"):
        analyze(project)

    assert owner.rows("select a.n, b.n from analytics.a, analytics.b") == [(1, 1)]


def test_what_minidata_did_not_make_is_not_replaced(project: Project, write: Write, owner: Database) -> None:
    owner.run("create view analytics.a as select 'mine' as n")
    write(a="select 'ours' as n")

    with pytest.raises(RefusedError, match=r"analytics\.a is there"):
        analyze(project)

    assert owner.rows("select n from analytics.a") == [("mine",)]


def test_descriptions_become_comments(project: Project, write: Write, put: Write, owner: Database) -> None:
    write(a="select 1 as n, 2 as m")
    notes = "models: [{name: a, description: All of it., columns: [{name: n, description: The n.}]}]"
    put("sql/models/a.yml", notes)
    analyze(project)
    put("sql/models/a.yml", notes.replace("All of it.", "It's all.").replace("The n.", ""))

    facts = analyze(project)

    said = "select obj_description('analytics.a'::regclass), col_description('analytics.a'::regclass, 1)"
    assert (facts.models[0].status, facts.published) == ("unchanged", True)
    assert owner.rows(said) == [("It's all.", None)]


def test_a_view_that_somebody_dropped_is_published_again(project: Project, write: Write, owner: Database) -> None:
    write(a="select 1 as n")
    analyze(project)
    owner.run("drop view analytics.a")

    assert analyze(project).published
    assert owner.rows("select n from analytics.a") == [(1,)]


def test_a_removed_model_stays_published_and_is_an_orphan(project: Project, write: Write, reader: Database) -> None:
    write(a="select 1 as n", b="select 2 as n")
    analyze(project)
    (project.root / "sql/models/a.sql").unlink()
    write(b="select 3 as n")

    facts = analyze(project)

    assert facts.orphans == ("analytics.a",)
    assert reader.rows("select a.n, b.n from analytics.a, analytics.b") == [(1, 3)]


def test_old_versions_go_but_for_the_last_one_and_what_others_read(
    project: Project, write: Write, owner: Database
) -> None:
    relations = {}
    for n in range(5):
        write(a=f"{TABLE}select {n} as n", b="select n from {{ ref('a') }}")
        relations[n] = {model.name: model.relation for model in analyze(project).models}
        if n == 1:
            owner.run(f'create view public.mine as select * from minidata_build."{relations[1]["b"]}"')

    there = {name for (name,) in owner.rows(BUILT)}
    assert there == {relation for n in (1, 3, 4) for relation in relations[n].values()}


def test_a_reader_in_the_way_is_named(project: Project, write: Write, reader: Database) -> None:
    (project.root / "minidata.toml").write_text("[analyze]\nlock_timeout = 0.2\n")
    write(a="select 1 as n")
    analyze(project)
    write(a="select 2 as n")

    with reader.transaction():
        reader.rows("select n from analytics.a")
        with pytest.raises(
            LockedError, match=f"minidata of postgres, server process {reader.connection.info.backend_pid}"
        ):
            analyze(Project.find())


def test_whoever_is_waited_for_is_named(project: Project, write: Write, owner: Database) -> None:
    write(a=f"{TABLE}select 1 as n")
    told: SimpleQueue[str] = SimpleQueue()

    with ThreadPoolExecutor(1) as pool:
        with analyzing(owner):
            waiting = pool.submit(analyze, project, watch=Told(told))
            line = told.get(timeout=20)
        assert waiting.result().published

    assert f"server process {owner.connection.info.backend_pid}" in line


def test_two_at_once_both_finish(project: Project, write: Write, owner: Database) -> None:
    write(**{f"m{n}": f"{TABLE}select {n} as n" for n in range(8)})
    analyze(project)
    write(**{f"m{n}": f"{TABLE}select {n + 10} as n" for n in range(8)})

    with ThreadPoolExecutor(2) as pool:
        facts = list(pool.map(analyze, [project, Project.find()]))

    assert sorted(one.published for one in facts) == [False, True]
    assert owner.rows("select m0.n + m7.n from analytics.m0, analytics.m7") == [(27,)]
