"""A snapshot keeps what a query gave over time, and is never begun anew."""

from collections.abc import Callable

import pytest

from minidata.adapters.database.connection import Database
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError, Exit
from minidata.steps.analyze import Wishes, analyze

SNAPSHOT = """{%% snapshot kept %%}
{{ config(unique_key='id', strategy='check', check_cols=%s%s) }}
select * from shelf.things
{%% endsnapshot %%}
"""
STATES = """
select id, state, dbt_valid_to is null, dbt_valid_to is not distinct from lead(dbt_valid_from) over (
  partition by id order by dbt_valid_from)
from analytics.kept order by id, dbt_valid_from
"""


@pytest.fixture
def things(project: Project, owner: Database) -> Callable[[str], None]:
    """Run SQL upon the table that the snapshot is of, then the project; see that it is done."""
    owner.run("create schema shelf")
    owner.run("create table shelf.things (id int, state text, weight numeric)")
    owner.run("grant usage on schema shelf to public")
    owner.run("grant select on shelf.things to public")

    def things(statement: str, *, full_refresh: bool = False) -> None:
        with owner.connection.cursor() as cursor:
            cursor.execute(statement.encode())
        assert analyze(project, Wishes(full_refresh=full_refresh)).exit_code == Exit.DONE

    return things


@pytest.mark.parametrize("checked", ["'all'", "['state']"])
def test_each_state_of_a_thing_has_the_time_from_and_to_which_it_was(
    put: Callable[[str, str], None], things: Callable[..., None], owner: Database, checked: str
) -> None:
    put("sql/snapshots/all.sql", SNAPSHOT % (checked, ""))
    things("insert into shelf.things values (1, 'new', 1), (2, null, null)")
    things("update shelf.things set state = 'old' where id = 1")
    things("select 1", full_refresh=True)
    things("update shelf.things set state = 'older' where id = 1; delete from shelf.things where id = 2")

    assert owner.rows(STATES) == [
        (1, "new", False, True),
        (1, "old", False, True),
        (1, "older", True, True),
        (2, None, True, True),
    ]


def test_what_is_not_checked_is_no_other_state(
    put: Callable[[str, str], None], things: Callable[..., None], owner: Database
) -> None:
    put("sql/snapshots/all.sql", SNAPSHOT % ("['state']", ""))
    things("insert into shelf.things values (1, 'new', 1)")
    things("update shelf.things set weight = 2")

    assert owner.rows("select state, weight from analytics.kept") == [("new", 1)]


def test_what_is_gone_has_ended_when_that_is_asked_for(
    put: Callable[[str, str], None], things: Callable[..., None], owner: Database
) -> None:
    put("sql/snapshots/all.sql", SNAPSHOT % ("'all'", ", hard_deletes='invalidate'"))
    things("insert into shelf.things values (1, 'new', 1), (2, 'new', 2)")
    things("delete from shelf.things where id = 2")
    things("insert into shelf.things values (2, 'back', 2)")

    assert owner.rows("select id, state, dbt_valid_to is null from analytics.kept order by 1, dbt_valid_from") == [
        (1, "new", True),
        (2, "new", False),
        (2, "back", True),
    ]


@pytest.mark.parametrize("more", ["", ", hard_deletes='invalidate'"])
def test_a_key_may_be_computed(
    put: Callable[[str, str], None], things: Callable[..., None], owner: Database, more: str
) -> None:
    keyed = (SNAPSHOT % ("'all'", more)).replace("'id'", """["id || '-' || weight", "id"]""")
    put("sql/snapshots/all.sql", keyed)
    things("insert into shelf.things values (1, 'new', 1), (1, 'new', 2)")
    things("update shelf.things set state = 'old' where weight = 2")

    states = owner.rows("select weight, state, dbt_valid_to is null from analytics.kept order by 1, dbt_valid_from")
    assert states == [(1, "new", True), (2, "new", False), (2, "old", True)]


def test_a_model_reads_it_by_ref(put: Callable[[str, str], None], things: Callable[..., None], owner: Database) -> None:
    put("sql/snapshots/all.sql", SNAPSHOT % ("'all'", ""))
    put("sql/models/now.sql", "select id from {{ ref('kept') }} where dbt_valid_to is null")
    things("insert into shelf.things values (1, 'new', 1)")

    assert owner.rows("select * from analytics.now") == [(1,)]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("unique_key='id'", "a snapshot needs its strategy"),
        ("strategy='check', check_cols='all'", "a snapshot needs its unique_key"),
        ("unique_key='id', strategy='check'", "a snapshot needs its check_cols"),
        ("unique_key='id', strategy='timestamp'", "a snapshot needs its updated_at"),
        ("unique_key='id', strategy='check', check_cols='a || b'", "check_cols of a snapshot names columns"),
        ("unique_key='id', strategy='chek'", "unknown strategy 'chek', did you mean 'check'?"),
        (
            "unique_key='id', strategy='check', check_cols='all', hard_deletes='new_record'",
            "hard_deletes is 'new_record'",
        ),
    ],
)
def test_a_snapshot_that_cannot_be_is_an_error(
    project: Project, put: Callable[[str, str], None], said: str, message: str
) -> None:
    put("sql/snapshots/all.sql", f"{{% snapshot kept %}}{{{{ config({said}) }}}} select 1 as id {{% endsnapshot %}}")

    with pytest.raises(ConfigError, match=r"sql/snapshots/all\.sql: ") as refused:
        analyze(project)
    assert message in str(refused.value)
