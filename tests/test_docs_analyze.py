"""docs/analyze.md is true: what it writes into files and types at a prompt gives what it shows."""

import os
import re
import subprocess
import sys
from pathlib import Path

from conftest import ROOT
from minidata.adapters.project import Project

PAGE = (ROOT / "docs" / "analyze.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(sql|csv|console)\n(.*?)```", PAGE, re.DOTALL)
# What is another one each time.
VARYING = [
    (r"\d+\.\d\d s", "0.00 s"),
    (r"run \d{8}t\d+z-[0-9a-f]{8}", "run RUN"),
    (r"__[0-9a-f]{12}", "__FINGERPRINT"),
]


def plain(text: str) -> str:
    for varying, fixed in VARYING:
        text = re.sub(varying, fixed, text)
    return text


def test_the_walk_goes_as_it_is_told(project: Project) -> None:
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    said(environ, "minidata up --quiet")
    for kind, text in BLOCKS:
        if kind == "console":
            commands = [line.removeprefix("$ ") for line in text.splitlines() if line.startswith("$ ")]
            assert plain("".join(f"$ {one}\n{said(environ, one)}" for one in commands)) == plain(text)
        else:
            first, _, rest = text.partition("\n")
            file = project.root / first.removeprefix("-- ")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(rest if kind == "csv" else text)

    assert sum(kind == "console" for kind, _ in BLOCKS) > 5


def said(environ: dict[str, str], command: str) -> str:
    done = subprocess.run(
        ["bash", "-c", f"{command} 2>&1"], env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout
