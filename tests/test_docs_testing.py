"""docs/testing.md is true: its files are a project's, and its commands say what it shows."""

import json
import re
import shlex
from collections.abc import Iterator

import pytest

from conftest import ROOT
from minidata.adapters.project import Project
from minidata.demo.server import DEMO_KEY, DemoShop, serve
from shell import run_text

PAGE = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```(sql|yaml|console)\n(.*?)```", re.DOTALL)
FILE = re.compile(r"(?:--|#) (\S+)\n")
# What is another each time.
CHANGING = [(re.compile(r"\d+\.\d\d s"), "0.00 s"), (re.compile(r"run \d{8}t\w+-\w+"), "run …")]


@pytest.fixture
def shop(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project with a small shop loaded."""
    monkeypatch.setenv("SHOP_API_KEY", DEMO_KEY)
    with serve(DemoShop(orders=300)) as api:
        monkeypatch.setenv("MINIDATA_SOURCES", json.dumps({"shop": {"base_url": api.url}}))
        for command in ("up", "ingest --source shop", "load --source shop"):
            assert run_text(*command.split()).returncode in {0, 3}
        yield project


def said(project: Project, command: str) -> str:
    done = run_text(*shlex.split(command.removeprefix("minidata ")), cwd=project.root)
    text = done.stderr + done.stdout
    for pattern, instead in CHANGING:
        text = pattern.sub(instead, text)
    return "\n".join(line.rstrip() for line in text.splitlines())


def _pattern(shown: str) -> str:
    """Return what matches *shown*; a line of dots is any number of lines."""
    return "\n".join(".*" if line == "…" else re.escape(line) for line in shown.strip().splitlines())


def test_the_page_is_true(shop: Project) -> None:
    wrong = []
    for kind, text in BLOCK.findall(PAGE):
        named = FILE.match(text)
        if kind != "console" and named:
            path = shop.root / named[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text[named.end() :])
        elif kind == "console":
            for asked in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
                command, _, shown = asked.partition("\n")
                real = said(shop, command)
                if not re.fullmatch(_pattern(shown), real, re.DOTALL):
                    wrong.append(f"$ {command}\n{real}")

    # What it really says, to be read.
    assert not wrong, "\n\n".join(wrong)
