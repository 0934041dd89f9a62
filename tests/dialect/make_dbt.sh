#!/usr/bin/env bash
# Make an environment with dbt in it, for tests/dialect: MINIDATA_TEST_DBT is then its folder.
# Usage: tests/dialect/make_dbt.sh DIR [PYTHON]
set -euo pipefail

dir="${1:?usage: make_dbt.sh DIR [PYTHON]}"
if [ -x "$dir/bin/dbt" ] && "$dir/bin/pip" check >/dev/null 2>&1; then
  exit 0
fi
"${2:-python3}" -m venv "$dir"
# dbt-core 1.12 wants a parser that is downloaded from elsewhere.
"$dir/bin/pip" install --quiet --disable-pip-version-check 'dbt-core<1.12' 'dbt-postgres<1.11'
"$dir/bin/dbt" --version
