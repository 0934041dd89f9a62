"""The door to keepers of secrets: the operating system's keyring, and AWS Secrets Manager."""

from minidata.adapters.secrets.aws import AwsSecrets
from minidata.adapters.secrets.system import Keyring
from minidata.core.secrecy.secrets import Vault
from minidata.core.settings import Settings

__all__ = ["AwsSecrets", "Keyring", "open_vaults"]


def open_vaults(settings: Settings) -> tuple[Vault, ...]:
    """Return the vaults that *settings* name, in the order in which they are asked. Asks none of them yet."""
    vaults: list[Vault] = []
    if settings.secrets.keyring:
        vaults.append(Keyring(f"minidata/{settings.project.name}"))
    if settings.secrets.aws:
        vaults.append(AwsSecrets(settings.secrets.aws))
    return tuple(vaults)
