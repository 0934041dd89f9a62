"""From settings to a store: which kinds there are, where a bucket's name goes, who we are there."""

import sys
from pathlib import Path

import pytest

from buckets import S3
from minidata.adapters.object_store import ObjectStore
from minidata.adapters.object_store.bucket import Bucket
from minidata.core.errors import ConfigError, StoreError
from minidata.core.settings import StoreSection

KEY = "raw/x"
KEYS = "[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = s\n[profile own]\nregion = eu-north-1\n"


def opened(url: str, root: Path) -> ObjectStore:
    return ObjectStore.open(StoreSection(url=url), root)


def bucket_of(settings: StoreSection) -> Bucket:
    shelf = ObjectStore.open(settings, Path()).shelf
    assert isinstance(shelf, Bucket)
    return shelf


@pytest.mark.parametrize("url", ["ftp://host/x", "http://host/x", "postgres://host/x"])
def test_a_kind_of_store_that_there_is_not_is_told(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no kind of store called"):
        opened(url, tmp_path)


def test_credentials_in_a_store_s_url_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="must have no credentials in it") as caught:
        opened("s3://key:hunter2@bucket/x", tmp_path)

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["s3:///prefix", "gs://", "az:///x"])
def test_a_url_without_a_bucket_is_told(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="names no bucket"):
        opened(url, tmp_path)


@pytest.mark.parametrize("url", ["gs://bucket/prefix", "az://container/prefix"])
def test_other_clouds_are_opened_without_asking_anybody(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "account")

    found = bucket_of(StoreSection(url=url))

    assert (found.name, found.proven) == (url, True)
    assert found.store.prefix == "prefix"  # type: ignore[union-attr]


def test_a_missing_azure_account_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)

    with pytest.raises(StoreError, match=r"az://container: .*Account must be specified"):
        bucket_of(StoreSection(url="az://container"))


def test_an_endpoint_is_for_s3_alone() -> None:
    with pytest.raises(ConfigError, match=r"store\.endpoint is for s3:// stores alone"):
        bucket_of(StoreSection(url="gs://bucket", endpoint="https://host"))


@pytest.mark.parametrize("endpoint", ["host:9000", "ftp://host", "https://", "/path"])
def test_what_is_no_endpoint_is_told(endpoint: str) -> None:
    with pytest.raises(ConfigError, match=r"store\.endpoint is not http"):
        bucket_of(StoreSection(url="s3://bucket", endpoint=endpoint))


def test_credentials_in_an_endpoint_are_refused() -> None:
    with pytest.raises(ConfigError, match="must have no credentials in it") as caught:
        bucket_of(StoreSection(url="s3://bucket", endpoint="https://me:hunter2@host"))

    assert "hunter2" not in str(caught.value)


@pytest.mark.usefixtures("s3")
@pytest.mark.parametrize(
    ("settings", "goes_to"),
    [
        (StoreSection(url="s3://bucket"), None),
        (StoreSection(url="s3://bucket", path_style=True), None),
        (StoreSection(url="s3://bucket", endpoint="https://host.test:9000"), "https://bucket.host.test:9000"),
        (StoreSection(url="s3://bucket", endpoint="https://host.test/", path_style=True), "https://host.test"),
        (StoreSection(url="s3://bucket", endpoint="http://127.0.0.1:9000"), "http://127.0.0.1:9000"),
        (StoreSection(url="s3://bucket", endpoint="http://[::1]:9000"), "http://[::1]:9000"),
        (StoreSection(url="s3://bucket", endpoint="http://minio:9000"), "http://minio:9000"),
        (StoreSection(url="s3://dotted.name", endpoint="https://host.test"), "https://host.test"),
    ],
)
def test_the_bucket_s_name_goes_where_it_can(settings: StoreSection, goes_to: str | None) -> None:
    found = bucket_of(settings)

    config: dict[str, str] = found.store.config  # type: ignore[union-attr,assignment]
    assert config.get("endpoint") == goes_to
    assert found.proven == (goes_to is None)


def test_plain_http_is_used_where_it_was_said(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    said = s3.bucket()
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3.url)

    assert ObjectStore.open(said, Path()).put(KEY, b"")
    assert ObjectStore.open(said.model_copy(update={"endpoint": None}), Path()).get(KEY) == b""


@pytest.fixture
def aws_files(s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> S3:
    """Nothing in the environment but where Amazon's files are."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    (tmp_path / "config").write_text(KEYS)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    return s3


def test_credentials_in_amazon_s_files_are_found(aws_files: S3) -> None:
    assert ObjectStore.open(aws_files.bucket(), Path()).put(KEY, b"")


def test_a_profile_brings_its_region_and_a_setting_is_stronger(
    aws_files: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config").write_text(KEYS + "aws_access_key_id = AKIAOWN\naws_secret_access_key = s\n")
    monkeypatch.setenv("AWS_PROFILE", "own")
    said = aws_files.bucket().model_copy(update={"region": None})

    regions = [bucket_of(one).store.config["region"] for one in (said, said.model_copy(update={"region": "x-1"}))]  # type: ignore[union-attr,typeddict-item]

    assert regions == ["eu-north-1", "x-1"]


@pytest.mark.usefixtures("aws_files")
def test_a_profile_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")

    with pytest.raises(ConfigError, match=r"AWS_PROFILE=nobody: .*\(nobody\) could not be found"):
        bucket_of(StoreSection(url="s3://bucket"))


@pytest.mark.usefixtures("aws_files")
def test_a_profile_needs_boto3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "own")
    monkeypatch.setitem(sys.modules, "obstore.auth.boto3", None)

    with pytest.raises(ConfigError, match="AWS_PROFILE=own needs boto3") as caught:
        bucket_of(StoreSection(url="s3://bucket"))

    assert "install minidata[aws]" in caught.value.hint
