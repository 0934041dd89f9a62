"""Runs in a dbt's own venv: lists what dbt selects in a project, for each selection that it is given as JSON."""

import contextlib
import io
import json
import sys
from typing import Any

from dbt.cli.main import dbtRunner

_KINDS = ("model", "seed", "snapshot", "test", "unit_test")


def listed(runner: Any, common: list[str], select: str, exclude: str) -> list[list[str]]:
    """Return kind and name of each node; nothing of what dbt says besides."""
    chosen = ["--select", *select.split(), *(["--exclude", *exclude.split()] if exclude else [])]
    kinds = [word for kind in _KINDS for word in ("--resource-type", kind)]
    with contextlib.redirect_stdout(io.StringIO()):
        keys = ("--output-keys", "name", "--output-keys", "resource_type")
        done = runner.invoke(["--quiet", "ls", *common, "--output", "json", *keys, *kinds, *chosen])
    if not done.success:
        raise SystemExit(str(done.exception))
    nodes = [json.loads(line) for line in done.result]
    return sorted([node["resource_type"], node["name"]] for node in nodes)


asked = json.load(sys.stdin)
# The project is read once for all of them.
with contextlib.redirect_stdout(io.StringIO()):
    read = dbtRunner().invoke(["--quiet", "parse", *asked["common"]])
if not read.success:
    raise SystemExit(str(read.exception))
once = dbtRunner(manifest=read.result)
json.dump([listed(once, asked["common"], *one) for one in asked["selections"]], sys.stdout)
