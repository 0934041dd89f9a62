"""A repository on GitHub: what the API sends is what the rows say, page by page, in the way it wants to be asked."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from conftest import ROOT, SHARED_DATA
from drifting import remarked
from faults import FaultServer, Heard, TurnedClock, fault_server, said, said_json
from loading import rows
from minidata.adapters.project import Project
from minidata.core.fitting.checking import Checked, checker_of
from minidata.core.pages import LinkHeader
from minidata.core.source import Source
from minidata.sources import SOURCES
from minidata.sources.github import github
from minidata.steps.ingest import Ingested, ingest
from minidata.steps.load import load
from minidata.steps.stored import newest_manifest, store_of
from minidata.steps.up import up

SMALL: dict[str, list[dict[str, Any]]] = json.loads((ROOT / "tests" / "data" / "github_small.json").read_bytes())
RECORDED = SHARED_DATA / "github_paginate_issues.json"
REPOSITORY = "/repos/acme/anvil"
LISTS = {"issues": "issues", "pull_requests": "pulls", "commits": "commits"}


def checked(stream: str, records: list[dict[str, Any]]) -> Checked:
    return checker_of(SOURCES["github"].stream(stream).row).check(records)


def row(stream: str, place: int) -> Any:
    return checked(stream, SMALL[LISTS[stream]]).rows[place]


@pytest.mark.parametrize("stream", LISTS)
def test_every_record_fits(stream: str) -> None:
    found = checked(stream, SMALL[LISTS[stream]])

    assert found.rejected == ()
    assert len(found.rows) == len(SMALL[LISTS[stream]]) > 1


@pytest.mark.parametrize("stream", LISTS)
def test_nothing_is_left_out_but_on_purpose(stream: str) -> None:
    records = SMALL[LISTS[stream]]

    assert remarked(SOURCES["github"].stream(stream), records) <= {("ALWAYS_NULL", "/milestone")}
    assert remarked(SOURCES["github"].stream(stream), [{**records[0], "sentiment": 1}]) >= {("UNNAMED", "/sentiment")}


def test_an_issue_says_what_github_says() -> None:
    issue = row("issues", 0)

    assert (issue["id"], issue["number"], issue["state"]) == (1001, 1, "open")
    assert issue["author"]["login"] == "wile-e"
    assert [label["name"] for label in issue["labels"]] == ["bug", "roadrunner"]
    assert issue["milestone"]["due_on"] == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert issue["body"] == "It should fall *down* ↓.\r\n"
    assert issue["reactions"]["+1"] == 3
    assert issue["updated_at"] == datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_an_account_that_is_gone_and_an_issue_that_is_a_pull_request() -> None:
    assert row("issues", 1)["author"] is None
    assert row("issues", 1)["pull_request"] is None
    assert row("issues", 2)["pull_request"]["merged_at"] == datetime(2026, 1, 4, 8, 30, tzinfo=UTC)
    assert row("issues", 3)["pull_request"]["merged_at"] is None


def test_a_pull_request_whose_fork_is_gone_still_says_its_branch() -> None:
    assert (row("pull_requests", 0)["head_repository"], row("pull_requests", 0)["head_ref"]) == (
        "acme/anvil",
        "dependabot/rope-1.1",
    )
    assert (row("pull_requests", 1)["head_repository"], row("pull_requests", 1)["head_ref"]) == (None, "slingshot")


def test_a_commit_of_nobody_known_says_what_is_written_in_it() -> None:
    assert [row("commits", place)["author_login"] for place in range(3)] == ["ada", None, None]
    assert [row("commits", place)["author_name"] for place in range(3)] == ["Ada", "Rope Robot", "Wile"]
    assert [len(row("commits", place)["parents"]) for place in range(3)] == [2, 1, 0]
    assert row("commits", 0)["verified"] is True


def test_a_name_comes_from_the_repository() -> None:
    assert github("simonw", "sqlite-utils").name == "github_sqlite_utils"
    assert github("acme", ".Anvil.js").name == "github_anvil_js"
    assert github("acme", "anvil", name="anvil").base_url == "https://api.github.com/repos/acme/anvil"


# Over HTTP.


def listing(server: FaultServer, data: dict[str, list[dict[str, Any]]]) -> Callable[[Heard], bytes]:
    """GitHub's way to answer: pages by number, the next one in a Link header, those of before *since* left out."""
    dates = {"issues": lambda one: one["updated_at"], "commits": lambda one: one["commit"]["committer"]["date"]}

    def answer(heard: Heard) -> bytes:
        name = heard.path.removeprefix(f"{REPOSITORY}/")
        query, since = heard.query, heard.query.get("since", "")
        wanted = [one for one in data[name] if name not in dates or dates[name](one) >= since]
        size, page = int(query["per_page"]), int(query.get("page", "1"))
        more = urlencode({**query, "page": page + 1})
        link = f'<{server.url}{heard.path}?{more}>; rel="next", <{server.url}/last>; rel="last"'
        return said_json(wanted[size * (page - 1) : size * page], {"Link": link} if size * page < len(wanted) else None)

    return answer


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with fault_server() as server:
        yield server


@pytest.fixture
def plain(tmp_path: Path) -> Project:
    """A project that needs no database."""
    (tmp_path / "minidata.toml").touch()
    return Project(tmp_path, environ={})


def small(server: FaultServer, size: int = 2) -> dict[str, Source]:
    """The Source of the repository that *server* has, in pages of *size*."""
    source = github("acme", "anvil", name="anvil")
    streams = [replace(one, pages=LinkHeader(size=size)) for one in source.streams]
    return {"anvil": replace(source, base_url=server.url + REPOSITORY, streams=streams)}


def fetched(project: Project, sources: dict[str, Source], *, day: int = 1, **more: Any) -> Ingested:
    done = ingest(project, sources, clock=TurnedClock(datetime(2026, 3, day, tzinfo=UTC)), **more)
    assert done.failures == ()
    assert [one.warnings for one in done.streams if one.warnings] == []
    return done


def test_all_pages_are_fetched_as_github_wants_to_be_asked(server: FaultServer, plain: Project) -> None:
    server.says(listing(server, SMALL))

    done = fetched(plain, small(server))

    assert {one.stream: (one.pages, one.records) for one in done.streams} == {
        "issues": (3, 5),
        "pull_requests": (1, 2),
        "commits": (2, 3),
    }
    first = server.heard[0]
    assert first.query == {"state": "all", "sort": "created", "direction": "asc", "per_page": "2"}
    assert all(heard.headers["accept"] == "application/vnd.github+json" for heard in server.heard)
    assert all(heard.headers["x-github-api-version"] == "2022-11-28" for heard in server.heard)
    assert not any("authorization" in heard.headers for heard in server.heard)


def test_a_token_is_sent_when_there_is_one(server: FaultServer, plain: Project) -> None:
    server.says(listing(server, SMALL))

    fetched(replace(plain, environ={"GITHUB_TOKEN": "ghp_of_the_test"}), small(server), source="anvil")

    assert {heard.headers["authorization"] for heard in server.heard} == {"Bearer ghp_of_the_test"}


def test_the_second_time_only_what_changed_is_asked_for(server: FaultServer, project: Project) -> None:
    up(project)
    server.says(listing(server, SMALL))
    sources = small(server)
    fetched(project, sources)
    load(project, sources)
    changed = [{**one, "title": "Solved", "updated_at": "2026-02-01T00:00:00Z"} for one in SMALL["issues"][1:2]]
    server.says(listing(server, {**SMALL, "issues": [*SMALL["issues"][:1], *changed, *SMALL["issues"][2:]]}))

    again = {one.stream: one for one in fetched(project, sources, day=2).streams}

    asked = {heard.path.rpartition("/")[2]: heard.query.get("since") for heard in server.heard}
    assert asked == {"issues": "2026-01-05T12:00:00Z", "pulls": None, "commits": "2025-12-05T08:30:00Z"}
    assert (again["issues"].records, again["issues"].cursor) == (2, "2026-02-01T00:00:00Z")
    load(project, sources)
    assert rows(
        project, "select number, title from anvil.issues where updated_at >= '2026-01-05T12:00Z' order by 1"
    ) == [
        (1, "Anvil falls upwards"),
        (2, "Solved"),
    ]
    counts = [rows(project, f"select count(*) from anvil.{name}")[0][0] for name in LISTS]
    assert counts == [5, 2, 3]
    assert rows(project, "select author->>'login', labels->0->>'name' from anvil.issues where number = 1") == [
        ("wile-e", "bug")
    ]


def test_a_spent_limit_is_waited_for(server: FaultServer, plain: Project) -> None:
    clock = TurnedClock()
    spent = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(clock.at.timestamp()) + 40)}
    server.says(said(b'{"message": "API rate limit exceeded"}', 403, spent), listing(server, SMALL))

    done = ingest(plain, small(server), stream="anvil.commits", clock=clock)

    assert done.failures == ()
    assert sum(clock.slept) == pytest.approx(40, abs=2)


# What GitHub sent once: the pages of a repository's issues, with their headers.


def recording(server: FaultServer) -> tuple[str, Callable[[Heard], bytes], list[dict[str, Any]]]:
    """Return the recorded repository's path, how *server* replays the recording, and its issues."""
    if not RECORDED.exists():
        pytest.skip(f"{RECORDED} is not there")
    pages = [one for one in json.loads(RECORDED.read_bytes()) if one["method"] == "get"]
    by_target = {one["path"]: one for one in pages}

    def answer(heard: Heard) -> bytes:
        page = by_target[heard.target]
        names, values = page["rawHeaders"][::2], page["rawHeaders"][1::2]
        headers = dict(zip(names, values, strict=True))
        for name in ("Content-Length", "connection", "Date"):
            headers.pop(name)
        headers["Link"] = headers["Link"].replace("https://api.github.com", server.url)
        return said(json.dumps(page["response"]).encode(), page["status"], headers)

    return pages[0]["path"].partition("/issues")[0], answer, [one for page in pages for one in page["response"]]


def test_every_issue_of_the_recorded_conversation_arrives(server: FaultServer, project: Project) -> None:
    path, answer, issues = recording(server)
    up(project)
    server.says(answer)
    source = github("octokit-fixture-org", "paginate-issues", name="recorded")
    stream = replace(source.stream("issues"), params={}, pages=LinkHeader(size=3))
    sources = {"recorded": replace(source, base_url=server.url + path, streams=[stream])}

    done = fetched(project, sources)
    loaded = load(project, sources)

    assert (done.streams[0].pages, done.streams[0].records, done.streams[0].cursor) == (5, 13, "2022-07-19T04:39:16Z")
    assert (loaded.counts.loaded, loaded.counts.quarantined) == (13, 0)
    found = rows(
        project, "select id, number, title, author->>'login', comments from recorded.issues order by number desc"
    )
    assert found == [(one["id"], one["number"], one["title"], one["user"]["login"], one["comments"]) for one in issues]
    assert {code for code, _ in remarked(stream, issues)} <= {"NEVER", "ALWAYS_NULL"}
    manifest = newest_manifest(store_of(project), "recorded", "issues")
    assert manifest is not None
    assert manifest.pages[0].etag == '"33b993150c346057e2d21c5333d4bc506287037296cc0ec3f450bafe9b4bdc72"'


# A project that did not ask for it.


def test_nobody_asks_github_unless_it_is_named_or_set_up(server: FaultServer, plain: Project) -> None:
    server.says(listing(server, SMALL))
    other = replace(small(server)["anvil"], name="other")
    sources = {"github": SOURCES["github"], "other": other}
    set_up = {"sources": {"github": {"base_url": server.url + REPOSITORY}}}

    fresh = fetched(plain, sources)
    told = fetched(replace(plain, flags=set_up), sources, day=2)

    assert {one.source for one in fresh.streams} == {"other"}
    assert {one.source for one in told.streams} == {"github", "other"}
