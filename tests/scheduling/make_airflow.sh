#!/usr/bin/env bash
# Make an environment with Airflow in it, for tests/scheduling: MINIDATA_TEST_AIRFLOW is then its folder.
# Usage: tests/scheduling/make_airflow.sh DIR [PYTHON]
set -euo pipefail

dir="${1:?usage: make_airflow.sh DIR [PYTHON]}"
if [ -x "$dir/bin/airflow" ] && "$dir/bin/pip" check >/dev/null 2>&1; then
  exit 0
fi
"${2:-python3}" -m venv "$dir"
"$dir/bin/pip" install --quiet --disable-pip-version-check 'apache-airflow==3.1.*' apache-airflow-providers-docker
"$dir/bin/airflow" version
