"""`minidata store` as a user types it."""

import json
from io import TextIOWrapper

import pytest

from buckets import S3
from loading import begin, ended, put_run
from minidata.adapters.project import Project
from minidata.core.errors import Exit
from minidata.core.runs import Manifest
from shell import run_text

BODY = b'\x00\xff {"odd": 1}\r\n'


@pytest.fixture
def manifest(project: Project) -> Manifest:
    put_run(project, "desk.notes", [b"[]"], number=1)
    return put_run(project, "desk.notes", [BODY, b"[]"])


def said(project: Project, *arguments: str) -> tuple[str, str]:
    done = run_text("store", *arguments, cwd=project.root)
    assert done.returncode == Exit.DONE, done.stderr
    return done.stdout, done.stderr


def test_ls_lists_runs_and_pages(project: Project, manifest: Manifest) -> None:
    out, _ = said(project, "ls")
    pages, _ = said(project, "ls", "20260131t06", "--json")

    assert [line.split()[:3] for line in out.splitlines()[1:2]] == [["desk.notes", manifest.run, "2"]]
    assert [page["key"] for page in json.loads(pages)["result"]["pages"]] == [page.key for page in manifest.pages]


def test_show_prints_the_very_bytes_or_how_they_came(project: Project, manifest: Manifest) -> None:
    process = begin(project, "store", "show", f"{manifest.run}/1")
    assert isinstance(process.stdout, TextIOWrapper)
    body = process.stdout.buffer.read()
    process.communicate(timeout=60)

    meta, _ = said(project, "show", manifest.pages[0].key, "--meta")

    assert body == BODY
    assert "http://127.0.0.1/" in meta


def test_verify_exits_with_6_when_a_bit_has_flipped(project: Project, manifest: Manifest) -> None:
    assert "2 runs, 3 pages" in said(project, "verify")[0]
    (project.root / "object_store" / manifest.pages[1].key).write_bytes(b"[}")

    code, out, err = ended(begin(project, "store", "verify"))

    assert code == Exit.STORE
    assert "1 damaged" in out
    assert f"error: checksum mismatch: object {manifest.pages[1].key}" in err


@pytest.mark.usefixtures("manifest")
def test_copy_says_what_to_set(project: Project, s3: S3) -> None:
    there = s3.bucket()

    out, err = said(project, "copy", there.url, "--endpoint", s3.url, "--region", "us-east-1")
    (project.root / "minidata.toml").write_text(out.partition("\n")[2])
    back, _ = said(project, "copy", "back", "--quiet")

    assert "2 runs copied, with 3 pages" in out
    assert "write into minidata.toml" in err
    assert back.endswith('[store]\nurl = "back"\n')


def test_expire_is_a_dry_run_until_it_is_meant(project: Project, manifest: Manifest) -> None:
    options = ("expire", "--keep", "1", "--even-if-needed")

    dry, note = said(project, *options)
    assert "would be removed" in dry
    assert "say --yes to do it" in note
    assert (project.root / "object_store" / manifest.pages[0].key).exists()

    done, _ = said(project, *options, "--yes")
    assert "removed" in done
    assert not (project.root / "object_store" / manifest.pages[0].key).exists()


def test_a_bucket_that_is_not_there_is_one_line(project: Project, s3: S3) -> None:
    (project.root / "minidata.toml").write_text(f'[store]\nurl = "s3://not-there"\nendpoint = "{s3.url}"\n')

    code, out, err = ended(begin(project, "store", "ls"))

    assert (code, out) == (Exit.STORE, "")
    assert [line.partition(":")[0] for line in err.splitlines()] == ["error", "hint"]
