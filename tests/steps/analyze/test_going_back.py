"""What a publish remembers: going back to an earlier one, what is left behind, what would change, and why."""

from collections.abc import Callable

import pytest

from minidata.adapters.database.connection import Database
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError, Exit, RefusedError
from minidata.steps.analyze import Wishes, analyze
from minidata.steps.diff import ModelDiff, diff
from minidata.steps.explain import explain
from minidata.steps.prune import prune
from minidata.steps.rollback import rollback

Write = Callable[..., None]

TABLE = "{{ config(materialized='table') }} "


def keeping(project: Project, versions: int) -> Project:
    (project.root / "minidata.toml").write_text(f"[analyze]\nkeep_versions = {versions}\n")
    return Project.find()


def test_going_back_goes_further_each_time(project: Project, write: Write, reader: Database) -> None:
    project = keeping(project, 4)
    for n in range(1, 5):
        write(a=f"{TABLE}select {n} as n", b="select n * 10 as n from {{ ref('a') }}")
        analyze(project)
    seen = []
    for _ in range(3):
        facts = rollback(project)
        seen.append((facts.back_to, facts.publish, reader.rows("select a.n, b.n from analytics.a, analytics.b")))

    assert seen == [(3, 5, [(3, 30)]), (2, 6, [(2, 20)]), (1, 7, [(1, 10)])]
    with pytest.raises(ConfigError, match="there is no publish before 1"):
        rollback(project)


def test_one_may_go_to_a_publish_and_the_next_analyze_shows_the_models_as_written(
    project: Project, write: Write, reader: Database
) -> None:
    project = keeping(project, 3)
    for n in range(1, 4):
        write(a=f"{TABLE}select {n} as n")
        analyze(project)

    assert rollback(project, 1).models == ("a",)
    assert reader.rows("select n from analytics.a") == [(1,)]
    facts = analyze(project)
    assert (facts.models[0].status, facts.published) == ("unchanged", True)
    assert reader.rows("select n from analytics.a") == [(3,)]


def test_one_cannot_go_to_what_is_not_kept_or_never_was(project: Project, write: Write, reader: Database) -> None:
    with pytest.raises(ConfigError, match="nothing is published"):
        rollback(project)
    for n in range(1, 4):
        write(a=f"{TABLE}select {n} as n")
        analyze(project)

    with pytest.raises(RefusedError, match="publish 1 is not kept any more: what it showed of a is gone"):
        rollback(project, 1)
    with pytest.raises(ConfigError, match="there is no publish 9"):
        rollback(project, 9)
    assert reader.rows("select n from analytics.a") == [(3,)]


def test_going_back_gives_a_view_the_columns_that_it_had(project: Project, write: Write, owner: Database) -> None:
    write(a=f"{TABLE}select 1 as n, 'x' as v")
    analyze(project)
    write(a=f"{TABLE}select 'two' as n", b="select 1 as n")
    analyze(project)

    facts = rollback(project)

    assert owner.rows("select n, v from analytics.a") == [(1, "x")]
    assert facts.newer == ("b",)
    assert owner.rows("select n from analytics.b") == [(1,)]


def test_a_foreign_view_that_needs_what_is_new_keeps_one_from_going_back(
    project: Project, write: Write, owner: Database
) -> None:
    write(a="select 1 as n")
    analyze(project)
    write(a="select 2 as n, 3 as more")
    analyze(project)
    owner.run("create view public.mine as select more from analytics.a")

    with pytest.raises(RefusedError, match=r"analytics\.a loses more, and public\.mine needs it"):
        rollback(project)

    assert owner.rows("select more from public.mine") == [(3,)]


def test_orphans_are_dropped_when_that_is_said(project: Project, write: Write, owner: Database) -> None:
    write(a="select 1 as n", b="select 2 as n", c="select 3 as n")
    analyze(project)
    (project.root / "sql/models/a.sql").unlink()
    write(c="{{ config(alias='d') }} select 4 as n")
    assert analyze(project).orphans == ("analytics.a", "analytics.c")

    assert prune(project).dropped == ("analytics.a", "analytics.c")

    views = "select relname::text from pg_class where relnamespace = 'analytics'::regnamespace order by 1"
    assert owner.rows(views) == [("b",), ("d",)]
    assert (prune(project).dropped, analyze(project).orphans) == ((), ())


def test_what_somebody_reads_is_not_dropped_and_neither_is_the_rest(
    project: Project, write: Write, owner: Database
) -> None:
    write(a="select 1 as n", b="select 2 as n", c="select 2 as n")
    analyze(project)
    owner.run("create view public.mine as select * from analytics.b")
    for name in ("a", "b"):
        (project.root / f"sql/models/{name}.sql").unlink()
    analyze(project)

    with pytest.raises(RefusedError, match=r"analytics\.b has no model any more, and public\.mine reads it"):
        prune(project)

    assert owner.rows("select a.n, mine.n from analytics.a, public.mine") == [(1, 2)]


def test_a_view_of_somebody_else_in_the_place_of_an_orphan_stays(
    project: Project, write: Write, owner: Database
) -> None:
    write(a="select 1 as n", b="select 2 as n")
    analyze(project)
    (project.root / "sql/models/a.sql").unlink()
    owner.run("drop view analytics.a; create view analytics.a as select 'mine' as n")
    analyze(project)

    prune(project)

    assert owner.rows("select n from analytics.a") == [("mine",)]


def test_a_model_under_the_name_of_one_that_is_gone_takes_its_view(
    project: Project, write: Write, owner: Database
) -> None:
    write(a="select 1 as n")
    analyze(project)
    owner.run("create view public.mine as select n from analytics.a")
    (project.root / "sql/models/a.sql").unlink()
    write(b="{{ config(alias='a') }} select 2 as n")

    facts = analyze(project)

    assert (facts.orphans, owner.rows("select n from public.mine")) == ((), [(2,)])


def reasons(project: Project, wishes: Wishes | None = None) -> dict[str, tuple[str, str]]:
    return {one.name: (one.would, one.why) for one in explain(project, wishes).models}


def test_it_is_said_why_each_model_would_be_built(
    project: Project, owner: Database, write: Write, put: Write, load_orders: Write
) -> None:
    load_orders(1)
    owner.run("create table public.rates as select 1 as n; grant select on public.rates to public")
    put("sql/seeds/s.csv", "n\n1\n")
    write(
        a=f"{TABLE}select total from {{{{ source('shop', 'orders') }}}}",
        b="select * from {{ ref('a') }}",
        c=f"{TABLE}select 1 as n",
        d=f"{TABLE}select n from public.rates",
        e=f"{TABLE}select now() as n",
        f="{{ config(materialized='incremental') }} select total from {{ ref('a') }}",
        g="select * from {{ source('usgs', 'quakes') }}",
    )
    assert reasons(project)["a"] == ("build", "it is new")
    analyze(project)
    assert reasons(project)["a"] == ("nothing", "nothing under it has changed")
    load_orders(2)
    put("sql/seeds/s.csv", "n\n2\n")
    write(c="{{ config(materialized='view') }} select 2 as n")

    assert reasons(project) == {
        "a": ("build", "shop.orders has new rows"),
        "b": ("build", "a is built anew"),
        "c": ("build", "its SQL has changed; its config has changed"),
        "d": ("build", "public.rates may have changed: nobody loads it here"),
        "e": ("build", "it asks for the time, for chance or for Postgres's own tables"),
        "f": ("increment", "a is built anew"),
        "g": ("wait", "usgs.quakes is not loaded yet"),
        "s": ("build", "its rows have changed"),
    }
    assert reasons(project, Wishes(select=["f"], full_refresh=True)) == {"f": ("build", "asked by --full-refresh")}
    assert owner.rows("select count(*) from minidata.publish") == [(1,)]


@pytest.mark.parametrize("change", ["tags=['x']", "meta={'owner': 'me'}"])
def test_what_only_people_read_makes_no_other_relation(project: Project, write: Write, change: str) -> None:
    write(a=f"{TABLE}select 1 as n")
    analyze(project)
    write(a=f"{{{{ config(materialized='table', {change}) }}}} select 1 as n")

    assert reasons(project)["a"][0] == "nothing"


def only(project: Project) -> ModelDiff:
    (found,) = diff(project).models
    return found


def test_rows_are_compared_by_the_key_of_the_model(project: Project, write: Write, put: Write) -> None:
    put("sql/models/a.yml", "models: [{name: a, columns: [{name: id, data_tests: [unique]}]}]")
    write(a=f"{TABLE}select * from (values (1, 'a', 5), (2, 'b', 5), (3, 'c', 5)) as x (id, v, w)")
    analyze(project)
    assert only(project).standing == "same"
    write(a=f"{TABLE}select * from (values (2, 'B', 5.0), (3, 'c', 5.0), (4, 'd', 5.0)) as x (id, v, w)")
    assert only(project).standing == "not built"
    analyze(project, Wishes(publish=False))

    found = only(project)

    changes = found.changes
    assert found.standing == "differs"
    assert changes
    assert (changes.key, changes.added, changes.removed, changes.changed) == (("id",), 1, 1, 1)
    assert (changes.columns, changes.retyped) == ({"v": 1}, ("w: integer → numeric",))
    assert ("removed", {"id": 1, "v": "a", "w": 5}, None) in changes.examples
    assert analyze(project).published
    assert only(project).standing == "same"


def test_without_a_key_rows_are_compared_as_wholes(project: Project, write: Write) -> None:
    write(a=f"{TABLE}select * from (values (1, 'a'), (1, 'a'), (null, 'b')) as x (n, v)")
    analyze(project)
    write(a=f"{TABLE}select * from (values (1, 'a'), (null, 'b'), (null, 'b'), (null, 'b'), (3, null)) as x (n, v)")
    analyze(project, Wishes(publish=False))

    changes = only(project).changes

    assert changes
    assert (changes.key, changes.added, changes.removed, changes.changed) == ((), 3, 1, 0)


def test_what_did_not_pass_can_be_looked_at(project: Project, write: Write, put: Write, owner: Database) -> None:
    write(a=f"{TABLE}select 1 as n")
    put("sql/tests/small.sql", "select * from {{ ref('a') }} where n > 3")
    analyze(project)
    write(a=f"{TABLE}select 5 as n")

    facts = analyze(project)

    assert (facts.exit_code, facts.candidates) == (Exit.TESTS, ("a",))
    assert owner.rows(f'select n from minidata_build."{facts.models[0].relation}"') == [(5,)]
    assert only(project).standing == "differs"


def test_a_refused_publish_can_be_wished_for(project: Project, write: Write, reader: Database) -> None:
    write(a=f"{TABLE}select 1 as n")
    analyze(project)
    write(a=f"{TABLE}select 2 as n")
    assert not analyze(project, Wishes(publish=False)).published
    assert reader.rows("select n from analytics.a") == [(1,)]

    facts = analyze(project)

    assert (facts.models[0].status, facts.published) == ("unchanged", True)
    assert reader.rows("select n from analytics.a") == [(2,)]


def test_what_has_been_modified_can_be_chosen(project: Project, write: Write, put: Write, load_orders: Write) -> None:
    load_orders(1)
    put("sql/seeds/s.csv", "n\n1\n")
    write(
        body="select 1 as n",
        config="select 1 as n",
        moved="select 1 as n",
        told="select 1 as n",
        rows="select total from {{ source('shop', 'orders') }}",
        below="select n from {{ ref('body') }}",
    )
    analyze(project)
    load_orders(2)
    put("sql/seeds/s.csv", "n\n2\n")
    put("sql/models/told.yml", "models: [{name: told, description: Told.}]")
    write(
        body="select 2 as n",
        config=f"{TABLE}select 1 as n",
        moved="{{ config(alias='other') }} select 1 as n",
        fresh="select 1 as n",
    )

    chosen = {name: set(reasons(project, Wishes(select=[name]))) for name in ("state:modified", "state:new")}

    assert chosen == {"state:modified": {"body", "config", "moved", "told", "fresh", "s"}, "state:new": {"fresh"}}
    assert set(reasons(project, Wishes(select=["state:modified.body+"]))) == {"body", "below", "fresh", "s"}
