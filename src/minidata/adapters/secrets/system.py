"""The operating system's keyring: Keychain, Credential Locker, Secret Service and whatever else `keyring` knows."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType

from minidata.core.errors import ConfigError

_HINT = "unlock it, or set secrets.keyring = false and keep the secret elsewhere"


@dataclass(frozen=True)
class Keyring:
    """The secrets kept under *service* in the keyring of the user who runs us."""

    service: str
    place: str = "keyring"

    def get(self, name: str) -> str | None:
        """Return the secret; None when there is none. Raises ConfigError when the keyring does not open."""
        library = _library()
        with _translated(library):
            value: str | None = library.get_password(self.service, name)
            return value

    def put(self, name: str, value: str) -> None:
        """Keep *value*. Raises ConfigError when the keyring does not open."""
        library = _library()
        with _translated(library):
            library.set_password(self.service, name, value)


def _library() -> ModuleType:
    try:
        import keyring  # noqa: PLC0415 - an optional extra, needed by few
    except ImportError:
        raise ConfigError("the keyring needs an extra", hint="pip install 'minidata[keyring]'") from None
    return keyring


@contextmanager
def _translated(library: ModuleType) -> Iterator[None]:
    try:
        yield
    except library.errors.NoKeyringError:
        raise ConfigError("this machine has no keyring", hint=_HINT) from None
    except library.errors.KeyringError as exc:
        raise ConfigError(f"the keyring does not open: {type(exc).__name__}", hint=_HINT) from exc
