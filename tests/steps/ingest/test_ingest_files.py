"""ingest --from: what is on disk becomes a Run like any other, or nothing at all."""

import gzip
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import zstandard

from loading import put_run, rows, store_of
from minidata.adapters.project import Project
from minidata.core.bodies.decoding import BodyTooLarge
from minidata.core.errors import ConfigError, SourceError
from minidata.core.rows import Row
from minidata.core.runs import Manifest, manifest_key, run_prefix
from minidata.core.source import Cursor, Source, Stream
from minidata.core.watch import Nobody
from minidata.steps.ingest import IngestedStream
from minidata.steps.ingest_files import ingest_files
from minidata.steps.load import load
from minidata.steps.stored import finished_runs, newest_manifest
from minidata.steps.up import up

PAGE = b'{"data": [{"id": 1, "text": "a"}, {"id": 2, "text": "b"}]}\n'


class Note(Row):
    id: int
    text: str


def diary(**more: Any) -> dict[str, Source]:
    stream = Stream("notes", "/", Note, **{"key": "id", "records": "data", **more})
    return {"diary": Source("diary", "http://127.0.0.1:1", [stream])}


@pytest.fixture
def plain(tmp_path: Path) -> Project:
    """A project that needs no database."""
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "minidata.toml").touch()
    return Project(folder, {"http": {"max_body": 1000}})


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    path = tmp_path / "dump.json"
    path.write_bytes(PAGE)
    return path


def taken(project: Project, given: Path, stdin: BinaryIO | None = None, **more: Any) -> IngestedStream:
    done = ingest_files(project, diary(**more), given, source="diary", stdin=stdin)
    assert done.failures == ()
    return done.streams[0]


def manifest_of(project: Project, run: str) -> Manifest:
    key = manifest_key(run_prefix("diary", "notes", run))
    return Manifest.parse(key, store_of(project).get(key))


def stored(project: Project) -> list[str]:
    return [*store_of(project).keys()]


def test_a_file_becomes_a_run_of_its_bytes(plain: Project, dump: Path) -> None:
    done = taken(plain, dump)

    manifest = manifest_of(plain, done.run)
    (page,) = manifest.pages
    assert store_of(plain).get_checked(page.key, page.sha256, page.size) == PAGE
    assert (page.url, page.content_encoding, manifest.records) == ("file:dump.json", None, 2)
    assert (done.pages, done.records, done.bytes, done.unchanged) == (1, 2, len(PAGE), False)
    assert str(dump.parent) not in manifest.model_dump_json()


def test_a_folders_files_are_pages_in_the_order_of_their_names_decompressed(plain: Project, tmp_path: Path) -> None:
    folder = tmp_path / "dumps"
    folder.mkdir()
    bodies = [json.dumps({"data": [{"id": n, "text": "é" * n}]}).encode() for n in range(4)]
    whole = zstandard.ZstdCompressor().compress
    (folder / "b.json.gz").write_bytes(gzip.compress(bodies[1][:9]) + gzip.compress(bodies[1][9:]))
    (folder / "c.json.zst").write_bytes(whole(bodies[2][:9]) + whole(bodies[2][9:]))
    (folder / "a.json").write_bytes(bodies[0])
    (folder / "not called so.geojson").write_bytes(gzip.compress(bodies[3]))
    (folder / ".DS_Store").write_bytes(b"\0")

    pages = manifest_of(plain, taken(plain, folder).run).pages

    assert [store_of(plain).get(page.key) for page in pages] == bodies
    assert [page.content_encoding for page in pages] == [None, "gzip", "zstd", "gzip"]
    assert pages[3].url == "file:not%20called%20so.geojson"


def test_what_stdin_says_is_read_once(plain: Project) -> None:
    done = taken(plain, Path("-"), io.BytesIO(gzip.compress(PAGE)))

    (page,) = manifest_of(plain, done.run).pages
    assert (store_of(plain).get(page.key), page.url) == (PAGE, "file:-")


def test_the_same_files_again_are_unchanged(plain: Project, dump: Path) -> None:
    first = taken(plain, dump)
    dump.write_bytes(PAGE.replace(b'"a"', b'"c"'))
    second = taken(plain, dump)
    before = stored(plain)

    dump.write_bytes(gzip.compress(PAGE))
    third = taken(plain, dump)

    assert (second.unchanged, third.unchanged, third.run) == (False, True, first.run)
    assert (third.pages, third.records, third.bytes) == (0, 0, 0)
    assert stored(plain) == before


def test_the_cursor_stays_where_it_was(plain: Project, dump: Path) -> None:
    run = put_run(plain, "diary.notes", [{"data": []}], finished=False)
    prefix = run_prefix("diary", "notes", run.run)
    reached = run.model_copy(update={"cursor_after": "2026-01-02", "boundary": {"abc": 1}, "parents": "p"})
    store_of(plain).put(manifest_key(prefix), reached.model_dump_json().encode())

    done = taken(plain, dump, since=Cursor("id", param="since"))

    newest = newest_manifest(store_of(plain), "diary", "notes")
    assert newest is not None
    assert newest.run == done.run > run.run
    assert (newest.cursor_before, newest.cursor_after, done.cursor) == ("2026-01-02",) * 3
    assert (newest.boundary, newest.parents) == (reached.boundary, reached.parents)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "EMPTY"),
        (b"id,text\n1,a\n", "NOT_JSON"),
        (b'{"data": [{"id": 1, "id": 2}]}', "DUPLICATE_KEY"),
        (b'{"rows": []}', r"WRONG_ENVELOPE: .*no list of records at 'data'"),
        (gzip.compress(PAGE)[:-4], "the gzip body ends too soon"),
        (gzip.compress(PAGE) + PAGE, "garbage after the gzip body"),
        (zstandard.ZstdCompressor().compress(PAGE)[:-2], "the zstd data ends too soon"),
        (zstandard.ZstdCompressor(write_checksum=True).compress(PAGE)[:-1] + b"x", "the zstd data is damaged"),
        (zstandard.ZstdCompressor().compress(PAGE) + b"x", "the zstd data"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_one_file_that_cannot_be_read_keeps_all_of_them_out(
    plain: Project, tmp_path: Path, body: bytes, told: str
) -> None:
    folder = tmp_path / "dumps"
    folder.mkdir()
    (folder / "1.json").write_bytes(PAGE)
    (folder / "2.json").write_bytes(body)

    with pytest.raises(SourceError, match=told) as caught:
        taken(plain, folder)

    assert f"{folder}/2.json" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert stored(plain) == []


class Endless(io.RawIOBase):
    """A pipe whose other end never stops."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        buffer[:] = b" " * len(buffer)
        return len(buffer)


@pytest.mark.parametrize(
    "body",
    [
        b" " * 1001,
        gzip.compress(bytes(50_000_000)),
        zstandard.ZstdCompressor().compress(bytes(50_000_000)),
        pytest.param(None, id="endless"),
    ],
    ids=len,
)
def test_what_is_too_large_is_not_read_to_its_end(plain: Project, body: bytes | None) -> None:
    stdin = io.BufferedReader(Endless()) if body is None else io.BytesIO(body)

    with pytest.raises(BodyTooLarge, match="stdin holds more than 1,000 bytes") as caught:
        taken(plain, Path("-"), stdin)

    assert "http.max_body" in caught.value.hint
    assert stored(plain) == []


def test_what_is_no_file_is_told_in_one_line(plain: Project, tmp_path: Path) -> None:
    folder = tmp_path / "dumps"
    folder.mkdir()
    os.mkfifo(tmp_path / "pipe")
    cases = {
        tmp_path / "gone.json": "cannot read .*gone.json: No such file",
        folder: "there is no file in",
        tmp_path / "pipe": "is no file, but a pipe or a device",
        Path("/dev/zero"): "is no file, but a pipe or a device",
        plain.root / "minidata.toml" / "x": "cannot read .*: Not a directory",
    }

    for path, told in cases.items():
        with pytest.raises(ConfigError, match=told):
            taken(plain, path)

    (folder / "1.json").write_bytes(PAGE)
    (folder / "README").touch()
    with pytest.raises(ConfigError, match="README is not a file to read"):
        taken(plain, folder)
    assert stored(plain) == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_told(plain: Project, dump: Path) -> None:
    dump.chmod(0)

    with pytest.raises(ConfigError, match="Permission denied"):
        taken(plain, dump)


def test_a_file_that_changes_meanwhile_leaves_no_finished_run(plain: Project, tmp_path: Path) -> None:
    folder = tmp_path / "dumps"
    folder.mkdir()
    for name in "ab":
        (folder / f"{name}.json").write_bytes(PAGE)

    class Meddler(Nobody):
        def count(self, what: str, done: int, total: int | None = None) -> None:  # noqa: ARG002 - as a Watch is
            (folder / "b.json").write_bytes(PAGE + b" ")

    with pytest.raises(SourceError, match=r"b\.json changes while it is read"):
        ingest_files(plain, diary(), folder, source="diary", watch=Meddler())

    assert finished_runs(store_of(plain), "diary", "notes") == []


def test_files_go_into_one_stream(plain: Project, dump: Path) -> None:
    two = Source("diary", "http://127.0.0.1:1", [Stream(name, "/", Note, records="data") for name in ("a", "b")])

    with pytest.raises(ConfigError, match="--from fills one stream, but 2 are meant"):
        ingest_files(plain, {"diary": two}, dump, source="diary")

    assert ingest_files(plain, {"diary": two}, dump, stream="diary.b").streams[0].stream == "b"


def test_a_secret_in_a_file_is_told_and_kept_as_it_came(plain: Project, dump: Path) -> None:
    plain.redact.add("a-secret-of-mine")
    dump.write_bytes(PAGE.replace(b'"a"', b'"a-secret-of-mine"'))

    done = taken(plain, dump)

    assert "there is a secret in it" in " ".join(done.warnings)


def test_lines_are_loaded_and_the_broken_one_is_quarantined(project: Project, tmp_path: Path) -> None:
    up(project)
    (tmp_path / "notes.jsonl").write_bytes(b'{"id": 1, "text": "a"}\n{"id": 2\n\n{"id": 3, "text": "c"}\n')
    lines: dict[str, Any] = {"format": "ndjson", "records": "", "max_quarantined": 1}

    done = taken(project, tmp_path / "notes.jsonl", **lines)
    load(project, diary(**lines))

    assert done.warnings == ("file:notes.jsonl: 1 of its lines are no JSON; load will quarantine them",)
    assert rows(project, "select id, text, _record from diary.notes order by id") == [(1, "a", 0), (3, "c", 2)]


def test_a_run_of_files_is_newer_than_what_was_loaded_before(project: Project, dump: Path) -> None:
    up(project)
    put_run(project, "diary.notes", [{"data": [{"id": 1, "text": "from the API"}, {"id": 3, "text": "c"}]}])
    load(project, diary())

    taken(project, dump)
    load(project, diary())

    assert rows(project, "select id, text from diary.notes order by id") == [(1, "a"), (2, "b"), (3, "c")]


def minidata(project: Project, *arguments: str, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    program = [sys.executable, "-m", "minidata", "ingest", "--stream", "usgs.quakes", *arguments]
    return subprocess.run(program, cwd=project.root, input=stdin, capture_output=True, timeout=60, check=False)


def test_the_command_reads_stdin_and_tells_when_there_is_nothing_new(plain: Project) -> None:
    body = b'{"features": []}'

    first = minidata(plain, "--from", "-", "--json", stdin=body)
    again = minidata(plain, "--from", "-", "--detailed-exit-code", stdin=body)

    assert (first.returncode, again.returncode) == (0, 10), first.stderr + again.stderr
    assert json.loads(first.stdout)["result"]["streams"][0]["unchanged"] is False


@pytest.mark.parametrize("other", [["--full"], ["--since", "2026-01-01"], ["--isolated"]])
def test_from_stands_alone(plain: Project, other: list[str]) -> None:
    done = minidata(plain, "--from", "-", *other)

    assert done.returncode == 2
    assert f"error: --from and {other[0]} contradict each other" in done.stderr.decode()
