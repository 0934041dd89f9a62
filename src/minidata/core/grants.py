"""What an administrator runs to prepare a database for minidata: the project's own script, and roles that log in."""

from collections.abc import Sequence

_HEAD = """\
-- What minidata needs of {where}. Run it in that database as an administrator who may create roles:
--
--   minidata db grants | psql -v ON_ERROR_STOP=1 "$ADMIN_URL"
--
-- It may be run again. The roles have no password, and so cannot log in with one, until you give each its own. In psql:
--
{passwords}
--
-- Then the project's .env says how each step logs in, and minidata needs no owner's login at all:
--
{urls}
"""
_LOGIN = "alter role {role} with login;"


def grants(script: str, roles: Sequence[str], *, where: str) -> str:
    """Return *script* (sql/init.sql) with logins for *roles* and with what is to be done by hand, as comments."""
    head = _HEAD.format(
        where=where,
        passwords="\n".join(f"--   \\password {role}" for role in roles),
        urls="\n".join(f"--   {url_setting(role)}=postgresql://{role}:PASSWORD@HOST:5432/DATABASE" for role in roles),
    )
    logins = "\n".join(_LOGIN.format(role=role) for role in roles)
    return f"{head}\n{script.strip()}\n\n{logins}\n"


def url_setting(role: str) -> str:
    """Return the variable that has the URL of *role*: MINIDATA_ENGINE_LOADER_URL for minidata_loader."""
    return f"MINIDATA_ENGINE_{role.removeprefix('minidata_').upper()}_URL"
