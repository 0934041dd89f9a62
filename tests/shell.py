"""`minidata` as a shell runs it."""

import os
import subprocess
import sys
from pathlib import Path

from forks import Program

# All of minidata, and its main.
IMPORTS = """
import importlib, pkgutil
import minidata
from minidata.cli.main import main

for module in pkgutil.walk_packages(minidata.__path__, "minidata."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
"""

_MINIDATA = Program("minidata", Path(sys.executable), IMPORTS)
run = _MINIDATA.run


def run_text(*arguments: str, cwd: Path | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
    """Do what run() does with *environ* besides what is there, and nothing on stdin; return what it wrote as text."""
    done = run(*arguments, cwd=cwd, environ={**os.environ, **environ})
    return subprocess.CompletedProcess(arguments, done.returncode, done.stdout.decode(), done.stderr.decode())
