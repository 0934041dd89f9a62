"""
A repository on GitHub: its issues, pull requests and commits. No token is needed; with GITHUB_TOKEN it goes on longer.

https://docs.github.com/en/rest describes each field. The one built in is of a small repository, and is asked only when
it is named. Another one is a line in ``sources/*.py``::

    source = github("simonw", "sqlite-utils")

A pull request is an issue too, under the same number: *issues* has both, told apart by *pull_request*. Closed values
are listed where GitHub's reference calls them closed; it adds reasons and kinds at will.
"""

import re
from datetime import timedelta
from typing import Any, Literal

from pydantic import AliasPath, AwareDatetime, Field

from minidata.core.auths import Bearer
from minidata.core.pages import LinkHeader
from minidata.core.rows import Row
from minidata.core.source import Cursor, Source, Stream

State = Literal["open", "closed"]
Association = Literal[
    "COLLABORATOR",
    "CONTRIBUTOR",
    "FIRST_TIMER",
    "FIRST_TIME_CONTRIBUTOR",
    "MANNEQUIN",
    "MEMBER",
    "NONE",
    "OWNER",
]

# A branch that is merged brings commits of the days on which it was worked on. Those of an older one come with --full.
_LONGEST_BRANCH = timedelta(days=30)
# Not sorted by updated: one that is updated meanwhile would move to the end, and another one slip between two pages.
_ALL = {"state": "all", "sort": "created", "direction": "asc"}
# What leads to more, of people and of others, is not what an issue or a commit is.
_LEADS = ("node_id", "*url", "user.*", "assignee", "assignees.*", "labels.*", "milestone.*")


class User(Row):
    id: int
    login: str
    type: str


class Label(Row):
    id: int | None = None
    name: str | None = None
    color: str | None = None
    description: str | None = None


class Milestone(Row):
    id: int
    number: int
    title: str
    state: State
    due_on: AwareDatetime | None


class MergedAs(Row):
    html_url: str | None
    merged_at: AwareDatetime | None = None


class Issue(Row):
    id: int = Field(description="Unique in all of GitHub; that of a pull request is another than in pull_requests.")
    number: int = Field(description="What people call it: unique in the repository, among its pull requests too.")
    title: str
    state: State
    state_reason: str | None = Field(default=None, description="Why it is so: completed, not_planned, reopened, …")
    author: User | None = Field(validation_alias="user", description="Null when the account is gone.")
    author_association: Association = Field(description="What the author is to the repository.")
    labels: list[Label]
    assignees: list[User]
    milestone: Milestone | None
    comments: int = Field(ge=0, description="How many there are.")
    locked: bool
    active_lock_reason: str | None = None
    draft: bool | None = Field(default=None, description="Of pull requests alone.")
    pull_request: MergedAs | None = Field(default=None, description="Null for an issue that is no pull request.")
    reactions: dict[str, Any] | None = Field(default=None, description="How many of each kind, and total_count.")
    body: str | None = Field(default=None, description="Markdown.")
    html_url: str = Field(description="Its page.")
    created_at: AwareDatetime
    updated_at: AwareDatetime
    closed_at: AwareDatetime | None


class PullRequest(Row):
    id: int = Field(description="Unique in all of GitHub.")
    number: int = Field(description="What people call it: unique in the repository, among its issues too.")
    title: str
    state: State
    draft: bool | None = None
    author: User | None = Field(validation_alias="user", description="Null when the account is gone.")
    author_association: Association = Field(description="What the author is to the repository.")
    labels: list[Label]
    assignees: list[User] | None = None
    requested_reviewers: list[User] | None = None
    milestone: Milestone | None
    head_ref: str = Field(validation_alias=AliasPath("head", "ref"), description="The branch it comes from.")
    head_sha: str = Field(validation_alias=AliasPath("head", "sha"))
    head_repository: str | None = Field(
        default=None,
        validation_alias=AliasPath("head", "repo", "full_name"),
        description="Where that branch is, owner/name; null when that repository is gone.",
    )
    base_ref: str = Field(validation_alias=AliasPath("base", "ref"), description="The branch it is for.")
    base_sha: str = Field(validation_alias=AliasPath("base", "sha"))
    merge_commit_sha: str | None = Field(description="Of a merged one, the commit on the branch it was for.")
    locked: bool
    body: str | None = Field(description="Markdown.")
    html_url: str = Field(description="Its page.")
    created_at: AwareDatetime
    updated_at: AwareDatetime
    closed_at: AwareDatetime | None
    merged_at: AwareDatetime | None = Field(description="Null unless it was merged.")


class ParentCommit(Row):
    sha: str


def _commit(*path: str, **more: Any) -> Any:
    return Field(**more, validation_alias=AliasPath("commit", *path))


class Commit(Row):
    sha: str
    message: str = _commit("message")
    author_name: str | None = _commit("author", "name", default=None, description="As the commit itself says.")
    author_email: str | None = _commit("author", "email", default=None)
    authored_at: AwareDatetime | None = _commit("author", "date", default=None)
    committer_name: str | None = _commit("committer", "name", default=None, description="As the commit itself says.")
    committer_email: str | None = _commit("committer", "email", default=None)
    committed_at: AwareDatetime | None = _commit("committer", "date", default=None)
    # {} or null where GitHub knows no account of that address.
    author_login: str | None = Field(
        default=None, validation_alias=AliasPath("author", "login"), description="The account, where there is one."
    )
    committer_login: str | None = Field(default=None, validation_alias=AliasPath("committer", "login"))
    parents: list[ParentCommit] = Field(description="None for the first commit, several for a merge.")
    tree_sha: str = _commit("tree", "sha")
    verified: bool | None = _commit("verification", "verified", default=None, description="Its signature is good.")
    comment_count: int = _commit("comment_count", ge=0)
    html_url: str = Field(description="Its page.")


def github(owner: str, repository: str, *, name: str | None = None, on_request: bool = False) -> Source:
    """
    Return the Source of the *repository* of *owner*; its *name* is, unless given, ``github_`` and the repository's.

    Requests go one after the other, as GitHub asks for. Without GITHUB_TOKEN it answers 60 an hour.
    """
    return Source(
        name=name or "github_" + re.sub(r"[^a-z0-9]+", "_", repository.lower()).strip("_"),
        base_url=f"https://api.github.com/repos/{owner}/{repository}",
        description=f"Issues, pull requests and commits of {owner}/{repository} on GitHub",
        auth=Bearer("GITHUB_TOKEN", optional=True),
        headers={"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"},
        concurrency=1,
        on_request=on_request,
        streams=(_issues(), _pull_requests(), _commits()),
    )


def _issues() -> Stream:
    return Stream(
        "issues",
        path="/issues",
        row=Issue,
        key="id",
        params=_ALL,
        pages=LinkHeader(size=100),
        since=Cursor("updated_at", param="since"),
        ignore=(*_LEADS, "type", "*_summary", "closed_by", "performed_via_github_app", "pull_request.*"),
    )


def _pull_requests() -> Stream:
    return Stream(
        "pull_requests",
        path="/pulls",
        row=PullRequest,
        key="id",
        params=_ALL,
        # GitHub cannot be asked for those that changed.
        pages=LinkHeader(size=100),
        ignore=(*_LEADS, "_links", "head.*", "base.*", "requested_*", "auto_merge", "active_lock_reason"),
    )


def _commits() -> Stream:
    return Stream(
        "commits",
        path="/commits",
        row=Commit,
        # Of a history that was rewritten both versions are kept: what was once published was there.
        key="sha",
        pages=LinkHeader(size=100),
        since=Cursor("commit.committer.date", param="since", lag=_LONGEST_BRANCH),
        ignore=("node_id", "*url", "commit.*", "author.*", "committer.*", "parents.*"),
    )
