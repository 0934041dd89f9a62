"""The keyring and AWS Secrets Manager, asked when nothing near at hand has the secret."""

import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, NoKeyringError
from moto.server import ThreadedMotoServer

from minidata.adapters.project import Project
from minidata.adapters.secrets import open_vaults
from minidata.core.errors import ConfigError


class InMemory(KeyringBackend):
    """A keyring that lives as long as the test, and fails when it is given an error."""

    priority = 1.0
    error: Exception | None = None

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        if self.error:
            raise self.error
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


@pytest.fixture
def ring() -> Iterator[InMemory]:
    """The keyring of this test."""
    before, ring = keyring.get_keyring(), InMemory()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    """The address of an AWS of our own."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def account(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let boto3 go there."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")


def project_at(folder: Path, toml: str, **environ: str) -> Project:
    (folder / "minidata.toml").write_text(toml)
    return Project(folder, environ=environ, open_vaults=open_vaults)


KEYRING = '[project]\nname = "shop"\n[secrets]\nkeyring = true\n'
AWS = '[secrets]\naws = "minidata/prod"\n'


def test_the_keyring_is_asked_last_and_masked(tmp_path: Path, ring: InMemory) -> None:
    ring.kept["minidata/shop", "KEY"] = "from-the-keyring"

    assert project_at(tmp_path, KEYRING, KEY="from-environment").secret("KEY").get_secret_value() == "from-environment"
    project = project_at(tmp_path, KEYRING)
    found = project.find_secret("KEY")

    assert found is not None
    assert (found.value, found.place) == ("from-the-keyring", "keyring")
    assert project.redact("from-the-keyring") == "***"


def test_the_keyring_is_not_asked_unless_it_is_set(tmp_path: Path, ring: InMemory) -> None:
    ring.kept["minidata/shop", "KEY"] = "from-the-keyring"

    assert project_at(tmp_path, '[project]\nname = "shop"\n').find_secret("KEY") is None


@pytest.mark.parametrize(
    ("error", "told"),
    [(NoKeyringError(), "this machine has no keyring"), (KeyringLocked("s3cret"), "does not open: KeyringLocked")],
)
def test_a_keyring_that_does_not_open_is_one_line(tmp_path: Path, ring: InMemory, error: Exception, told: str) -> None:
    ring.error = error

    with pytest.raises(ConfigError, match=told) as caught:
        project_at(tmp_path, KEYRING).secret("KEY")

    assert "s3cret" not in str(caught.value)


@pytest.mark.usefixtures("account")
def test_aws_keeps_and_gives_a_secret_under_the_prefix(tmp_path: Path) -> None:
    project = project_at(tmp_path, AWS)
    (vault,) = project.vaults

    vault.put("KEY", "first")
    vault.put("KEY", "sécond\n")
    found = project.find_secret("KEY")

    assert found is not None
    assert (found.value, found.place) == ("sécond", "aws")
    assert project.find_secret("OTHER") is None


@pytest.mark.usefixtures("account")
def test_the_database_s_url_may_be_kept_in_aws(tmp_path: Path) -> None:
    project = project_at(tmp_path, AWS, MINIDATA_ENGINE_KIND="url")
    project.vaults[0].put("MINIDATA_ENGINE_URL", "postgresql://me:hunter22@host/db")

    url = project.settings.engine.url

    assert url is not None
    assert url.get_secret_value() == "postgresql://me:hunter22@host/db"
    assert project.origin("engine", "url") == "aws"
    assert project.redact("hunter22") == "***"


def test_an_aws_that_is_not_there_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")

    with pytest.raises(ConfigError, match="does not give minidata/prod/KEY: EndpointConnectionError") as caught:
        project_at(tmp_path, AWS).secret("KEY")

    assert "AWS_REGION" in caught.value.hint


def test_a_region_that_is_not_said_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")

    with pytest.raises(ConfigError, match="NoRegionError"):
        project_at(tmp_path, AWS).secret("KEY")


@pytest.mark.parametrize(("toml", "library", "extra"), [(KEYRING, "keyring", "keyring"), (AWS, "boto3", "aws")])
def test_a_missing_extra_is_told_with_how_to_get_it(
    tmp_path: Path, toml: str, library: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)

    with pytest.raises(ConfigError, match="needs an extra") as caught:
        project_at(tmp_path, toml).secret("KEY")

    assert caught.value.hint == f"pip install 'minidata[{extra}]'"
