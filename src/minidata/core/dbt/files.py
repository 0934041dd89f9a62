"""The files that dbt needs besides models: a project file, where there is none, and a profile without a password."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

# Where readers do not look: dbt replaces what is there one by one, before it is tested.
SCHEMA = "analytics_dbt"
PROFILE = "minidata"
# dbt keeps the values of variables that are called so out of its logs.
PASSWORD = "DBT_ENV_SECRET_PASSWORD"  # noqa: S105 - the name of one
_NO_NAME = re.compile(r"\W|^(?=\d)", re.ASCII)
_PROFILE = """\
{name}:
  target: {target}
  outputs:
    {target}:
      type: postgres
      host: "{{{{ env_var('PGHOST', 'localhost') }}}}"
      port: "{{{{ env_var('PGPORT', '5432') | as_number }}}}"
      dbname: "{{{{ env_var('PGDATABASE', 'minidata') }}}}"
      user: "{{{{ env_var('PGUSER', 'minidata_analyst') }}}}"
      password: "{{{{ env_var('{password}', '') }}}}"
      schema: {schema}
      threads: {threads}
"""


def project_name(name: str) -> str:
    """Return *name* as dbt wants a project's: letters, digits and _, no digit first."""
    return _NO_NAME.sub("_", name) or "_"


def project_file(name: str, variables: Mapping[str, Any], paths: Mapping[str, Sequence[str]] | None = None) -> str:
    """Return a ``dbt_project.yml`` with these *variables*; *paths* has the folders where they are not dbt's own."""
    said: dict[str, Any] = {"name": project_name(name), "version": "1.0.0", "profile": PROFILE}
    said |= {f"{kind}-paths": list(folders) for kind, folders in (paths or {}).items()}
    if variables:
        said["vars"] = dict(variables)
    return yaml.safe_dump(said, sort_keys=False, allow_unicode=True)


def profile(target: str, schema: str = SCHEMA, threads: int = 4, *, name: str = PROFILE) -> str:
    """Return a ``profiles.yml`` that takes where Postgres is, and who logs in, from the environment."""
    target, schema, name = (yaml.safe_dump(word, width=1000).partition("\n")[0] for word in (target, schema, name))
    return _PROFILE.format(name=name, target=target, schema=schema, threads=threads, password=PASSWORD)
