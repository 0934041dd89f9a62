"""A user's own function, which makes the headers of each request."""

import re
import traceback
from collections.abc import Mapping
from dataclasses import dataclass

from minidata.adapters.http.credential import Secrets, carried, secret_of
from minidata.core.auths import SignedBy
from minidata.core.errors import ConfigError
from minidata.core.secrecy.secrets import Redactor

# A value in such a header is likely good for getting in.
_SECRET = re.compile("auth|token|key|secret|sign|cookie", re.IGNORECASE)
# So many are masked: a function that makes another one for each request would have us look for thousands.
_MASKED = 20


@dataclass(frozen=True)
class Signing:
    """What *auth*'s function makes of *secrets*."""

    auth: SignedBy
    secrets: Secrets
    redact: Redactor
    masked: set[str]

    @classmethod
    def by(cls, auth: SignedBy, secrets: Secrets, redact: Redactor) -> "Signing":
        """Return it; raise ConfigError when one of the secrets is not set."""
        for name in auth.secrets:
            secret_of(secrets, name)
        return cls(auth, {name: secrets[name] for name in auth.secrets}, redact, set())

    def headers(self) -> Mapping[str, str]:
        """Return what the function returns; raise ConfigError, without the function's own words, when it fails."""
        try:
            made = dict(self.auth.function(self.secrets))
        except Exception as exc:  # noqa: BLE001 - somebody else's code; what it says may have the secrets in it
            raise ConfigError(f"the function that signs requests fails: {_place(exc)}") from None
        for name, value in made.items():
            carried(name, value, "what the function that signs requests returns")
            if _SECRET.search(name) and len(self.masked) < _MASKED:
                self.masked.add(value)
                self.redact.add(value)
        return made

    def renewed(self, spent: Mapping[str, str]) -> bool:  # noqa: ARG002 - as Fresh is
        """Say no: whoever signs each request anew has nothing to renew."""
        return False

    def give_up(self) -> None:
        """There is nothing to give up."""


def _place(exc: Exception) -> str:
    last = traceback.extract_tb(exc.__traceback__)[-1]
    return f"{type(exc).__name__} in {last.filename}, line {last.lineno}"
