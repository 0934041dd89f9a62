"""A database that is somebody else's: what its administrator grants is enough, and what is missing is told by name."""

from dataclasses import replace

import pytest

from loading import put_run
from minidata.adapters.database.connection import LOADER, READER
from minidata.adapters.database.refusals import RoleRefused
from minidata.adapters.project import Project
from minidata.core.errors import EngineDown, EngineError, Exit
from minidata.core.grants import url_setting
from minidata.steps.analyze import analyze
from minidata.steps.engine import database
from minidata.steps.grants import grants
from minidata.steps.load import load
from minidata.steps.query import answer
from minidata.steps.up import up
from theirs import ROLES, SHOP, Admin, with_roles


def works(project: Project) -> None:
    up(project)
    assert load(project, {"shop": SHOP}).counts.loaded == 1
    assert analyze(project).published
    with database(project, READER) as db:
        assert db.rows("select total from analytics.orders") == [(5,)]
    assert answer(project, "select count(*) from shop.orders", limit=1).rows == (("1",),)


def test_what_is_printed_is_all_that_the_roles_need(project: Project, admin: Admin) -> None:
    prepared = with_roles(project, admin)

    works(prepared)

    for role in ROLES:
        with database(prepared, role) as db:
            assert db.one("select session_user::text") == (role,)


def test_what_is_printed_may_be_run_again_and_has_no_password(project: Project, admin: Admin) -> None:
    for _ in range(2):
        admin.execute(grants(project).sql.encode())

    assert admin.execute("select count(rolpassword) from pg_authid where rolname like 'minidata%'").fetchone() == (0,)


def test_a_login_that_owns_the_database_works_as_itself(project: Project, admin: Admin) -> None:
    admin.execute(f"alter database {admin.info.dbname} owner to tenant")

    works(project)


def test_a_login_that_may_create_roles_takes_them_on(project: Project, admin: Admin) -> None:
    admin.execute("alter role tenant createrole")
    admin.execute(f"grant create on database {admin.info.dbname} to tenant with grant option")
    admin.execute(f"alter database {admin.info.dbname} owner to tenant")

    works(project)

    with database(project, LOADER) as db:
        assert db.one("select session_user::text, current_user::text") == ("tenant", LOADER)


def test_a_member_of_the_roles_uses_what_an_administrator_prepared(project: Project, admin: Admin) -> None:
    with_roles(project, admin)
    admin.execute(f"grant {', '.join(ROLES)} to tenant")

    works(project)


def test_a_login_that_may_make_nothing_is_told_what_to_ask_for(project: Project, admin: Admin) -> None:
    with pytest.raises(EngineError, match=r"^tenant lacks CREATE on database theirs") as caught:
        up(project)

    assert caught.value.hint.endswith(f'grant create on database "{admin.info.dbname}" to "tenant"')


def test_a_login_that_may_not_take_on_the_roles_is_told(project: Project, admin: Admin) -> None:
    with_roles(project, admin)

    with pytest.raises(EngineError, match=r"minidata_loader: .*permission denied to set role") as caught:
        up(project)

    assert "minidata db grants" in caught.value.hint


@pytest.mark.parametrize(
    ("revoked", "told"),
    [
        ("revoke create on schema minidata from minidata_loader", "minidata_loader lacks CREATE on schema minidata"),
        ("revoke usage on schema analytics from minidata_reader", "minidata_reader lacks USAGE on schema analytics"),
        ("revoke create on schema minidata_build from minidata_analyst", "minidata_analyst lacks CREATE on schema"),
        (
            "alter default privileges for role minidata_loader revoke select on tables from minidata_analyst",
            "minidata_analyst may not read what minidata_loader will make",
        ),
    ],
)
def test_what_is_missing_is_told_with_the_grant_that_mends_it(
    project: Project, admin: Admin, revoked: str, told: str
) -> None:
    prepared = with_roles(project, admin)
    admin.execute(revoked.encode())

    with pytest.raises(EngineError, match=told) as caught:
        up(prepared)

    admin.execute(caught.value.hint.partition("says: ")[2].encode())
    works(prepared)


def test_the_password_of_a_roles_url_is_masked(project: Project) -> None:
    told = replace(project, environ={url_setting(LOADER): "postgresql://u:S3CRETWORD@127.0.0.1:1/db"})
    with pytest.raises((EngineDown, RoleRefused)):
        up(told)

    assert told.redact("S3CRETWORD") == "***"


def next_run(project: Project) -> None:
    put_run(project, "shop.orders", [[{"id": 1, "total": 6}, {"id": 2, "total": 7}]], number=1)


@pytest.mark.parametrize(
    ("revoked", "told"),
    [
        (
            "revoke temporary on database {0} from public, minidata_loader",
            "minidata_loader lacks TEMPORARY on database {0}",
        ),
        (
            "revoke insert, update on shop.orders from minidata_loader",
            "minidata_loader lacks INSERT, UPDATE on shop.orders",
        ),
        (
            "alter table shop.orders owner to tenant; grant select on shop.orders to minidata_loader",
            "minidata_loader lacks INSERT, UPDATE, DELETE on shop.orders",
        ),
        (
            "revoke usage on schema minidata from minidata_loader",
            "minidata_loader lacks USAGE on schema minidata",
        ),
        (
            "alter table minidata.quarantine owner to tenant; revoke all on minidata.object from minidata_loader",
            "minidata_loader lacks SELECT, INSERT, UPDATE, DELETE on minidata.object",
        ),
    ],
)
def test_what_a_load_is_denied_is_told_with_the_grant_that_mends_it(
    project: Project, admin: Admin, revoked: str, told: str
) -> None:
    prepared = with_roles(project, admin)
    works(prepared)
    admin.execute(revoked.format(admin.info.dbname).encode())
    next_run(project)

    with pytest.raises(EngineError) as caught:
        load(prepared, {"shop": SHOP})

    assert told.format(admin.info.dbname) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == Exit.ENGINE
    admin.execute(caught.value.hint.partition("says: ")[2].encode())
    assert load(prepared, {"shop": SHOP}).counts.loaded == 2


def test_a_schema_that_somebody_else_has_made_is_told_with_its_grant(project: Project, admin: Admin) -> None:
    prepared = with_roles(project, admin)
    up(prepared)
    admin.execute("create schema shop")

    with pytest.raises(EngineError, match=r"minidata_loader lacks USAGE.* on schema shop") as caught:
        load(prepared, {"shop": SHOP})

    admin.execute(caught.value.hint.partition(": ")[2].encode())
    assert load(prepared, {"shop": SHOP}).counts.loaded == 1


def test_one_connection_at_a_time_is_enough(project: Project, admin: Admin) -> None:
    prepared = with_roles(project, admin)
    for role in ROLES:
        admin.execute(f"alter role {role} connection limit 1".encode())

    works(prepared)
