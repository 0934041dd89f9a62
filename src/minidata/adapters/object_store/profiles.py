"""AWS profiles, and with them single sign-on and assumed roles: the one thing that obstore leaves to boto3."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from minidata.core.errors import ConfigError
from minidata.core.wording import excerpt

if TYPE_CHECKING:
    from obstore.store import S3Credential

# With one of these set, obstore itself knows who we are, and renews what expires.
_NATIVE = ("AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE")
_FILES = {"AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials", "AWS_CONFIG_FILE": "~/.aws/config"}


@dataclass(frozen=True, slots=True)
class Profile:
    """Who we are by Amazon's files: *credential* returns what is valid now."""

    credential: "Callable[[], S3Credential]"
    region: str | None


def profile() -> Profile | None:
    """
    Return the profile that AWS_PROFILE names, or the files' default; None when obstore finds out itself who we are.

    Raises ConfigError when AWS_PROFILE names one that cannot be used.
    """
    named = os.environ.get("AWS_PROFILE", "")
    if any(os.environ.get(name) for name in _NATIVE) or not (named or _has_files()):
        return None
    try:
        return _by_boto3(named)
    except ImportError:
        if not named:
            return None
        hint = "install minidata[aws], or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        raise ConfigError(f"AWS_PROFILE={excerpt(named)} needs boto3", hint=hint) from None


def _has_files() -> bool:
    return any(Path(os.environ.get(name, default)).expanduser().is_file() for name, default in _FILES.items())


def _by_boto3(named: str) -> Profile | None:
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415 - an extra, and slow to import
    from obstore.auth.boto3 import Boto3CredentialProvider  # noqa: PLC0415 - the same

    try:
        provider = Boto3CredentialProvider()
    except BotoCoreError as exc:
        raise ConfigError(f"AWS_PROFILE={excerpt(named)}: {excerpt(str(exc))}", hint="see ~/.aws/config") from exc
    except ValueError:
        # Amazon's files are there, but say nothing of credentials.
        return None
    # Not the provider itself: it would bring the files' region along, against what the settings say.
    return Profile(provider.__call__, provider.config.get("region"))
