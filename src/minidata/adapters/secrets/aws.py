"""AWS Secrets Manager: the secret NAME is the one called ``prefix/NAME``, its value plain text."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from minidata.core.errors import ConfigError

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

# In seconds; a command should not wait long for a machine that is not there.
_CONNECT, _READ = 5, 10
_HINT = "check the region and credentials (AWS_REGION, AWS_PROFILE, …), or unset secrets.aws"


@dataclass(frozen=True)
class AwsSecrets:
    """
    The secrets under *prefix*; who we are, and in which region, AWS's own variables and files say.

    Needs the right to secretsmanager:GetSecretValue, and to put also PutSecretValue and CreateSecret.
    """

    prefix: str
    place: str = "aws"

    def get(self, name: str) -> str | None:
        """Return the secret; None when there is none. Raises ConfigError when AWS refuses, or is not there."""
        with self._translated(name):
            try:
                held = self._client.get_secret_value(SecretId=self._id(name))
            except self._client.exceptions.ResourceNotFoundException:
                return None
        if "SecretString" not in held:
            raise ConfigError(f"AWS Secrets Manager: {self._id(name)} is binary", hint="keep it there as plain text")
        return held["SecretString"].rstrip("\r\n")

    def put(self, name: str, value: str) -> None:
        """Keep *value* as the newest version, or as a new secret. Raises ConfigError when AWS refuses."""
        with self._translated(name):
            try:
                self._client.put_secret_value(SecretId=self._id(name), SecretString=value)
            except self._client.exceptions.ResourceNotFoundException:
                self._client.create_secret(Name=self._id(name), SecretString=value)

    def _id(self, name: str) -> str:
        return f"{self.prefix.rstrip('/')}/{name}"

    @cached_property
    def _client(self) -> "SecretsManagerClient":
        try:
            import boto3  # noqa: PLC0415 - an optional extra, needed by few
            from botocore.config import Config  # noqa: PLC0415 - as boto3
        except ImportError:
            raise ConfigError("AWS Secrets Manager needs an extra", hint="pip install 'minidata[aws]'") from None
        config = Config(connect_timeout=_CONNECT, read_timeout=_READ, retries={"max_attempts": 2})
        return boto3.client("secretsmanager", config=config)

    @contextmanager
    def _translated(self, name: str) -> Iterator[None]:
        try:
            yield
        except ConfigError:
            raise
        except self._errors() as exc:
            said = getattr(exc, "response", {}).get("Error", {}).get("Code") or type(exc).__name__
            raise ConfigError(f"AWS Secrets Manager does not give {self._id(name)}: {said}", hint=_HINT) from exc

    @staticmethod
    def _errors() -> tuple[type[Exception], ...]:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as boto3

        return (BotoCoreError, ClientError)
