"""What goes on a request of a Source besides its address: who asks, and by what right."""

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import SecretStr

from minidata.adapters.http.wire import Headers
from minidata.core.auths import ApiKey, Auth, Basic, Bearer
from minidata.core.errors import ConfigError
from minidata.core.fetching.addresses import with_params, without_param
from minidata.core.secrecy.secrets import Redactor

Secrets = Mapping[str, SecretStr]

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class Fresh(Protocol):
    """Headers that are made anew for each request, by any thread."""

    def headers(self) -> Mapping[str, str]:
        """Return them."""

    def renewed(self, spent: Mapping[str, str]) -> bool:
        """Return whether headers() are others now than *spent*, which the API has just answered with 401."""

    def give_up(self) -> None:
        """Renew nothing any more: what was new was answered with 401 too."""


@dataclass(frozen=True, slots=True)
class Credential:
    """The headers and the query parameters that carry a Source's secrets."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    fresh: Fresh | None = None

    def signed(self, url: str) -> str:
        """Return *url* with the secret parameters in it."""
        return with_params(url, self.params) if self.params else url

    def unsigned(self, url: str) -> str:
        """Return *url* without the secret parameters, whoever put them there."""
        for name in self.params:
            url = without_param(url, name)
        return url


def fixed(auth: Auth | None, secrets: Secrets, redact: Redactor) -> Credential:
    """Return what *auth* puts on all requests; raise ConfigError for a secret that is missing, or unfit."""
    match auth:
        case ApiKey(param=str(name), secret=variable):
            return Credential(params={name: secret_of(secrets, variable)})
        case ApiKey(header=str(name), secret=variable):
            return Credential({name: _sendable(variable, secrets)})
        case Bearer(secret=variable) if not auth.optional or variable in secrets:
            return Credential({"Authorization": f"Bearer {_sendable(variable, secrets)}"})
        case Basic():
            return Credential({"Authorization": _basic(auth, secrets, redact)})
    return Credential()


def secret_of(secrets: Secrets, variable: str) -> str:
    """Return the value of the secret called *variable*; raise ConfigError when it is not there."""
    if variable not in secrets:
        raise ConfigError(f"the secret {variable} is not set")
    return secrets[variable].get_secret_value()


def basic(user: str, password: str, redact: Redactor) -> str:
    """Return the value of an Authorization header (RFC 7617, in UTF-8); *redact* masks it from now on."""
    coded = b64encode(f"{user}:{password}".encode()).decode()
    redact.add(coded)
    return f"Basic {coded}"


def head(*parts: Mapping[str, str]) -> Headers:
    """Return *parts* as they are sent; of two headers of the same name, the later one."""
    by_name = {name.lower(): (name.encode(), value.encode()) for part in parts for name, value in part.items()}
    return [*by_name.values()]


def carried(name: str, value: str, where: str) -> str:
    """Return *value*; raise ConfigError, saying *where* it is from, when no header called *name* can carry it."""
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{name!r} is no name of a header, in {where}")
    if not (isinstance(value, str) and is_sendable(value)):
        raise ConfigError(f"the header {name} has a character in it that no header can carry, in {where}")
    return value


def is_sendable(value: str) -> bool:
    """Return whether a header can carry *value*."""
    return value.isascii() and value.isprintable() and value == value.strip()


def _basic(auth: Basic, secrets: Secrets, redact: Redactor) -> str:
    user = auth.user if auth.user_secret is None else secret_of(secrets, auth.user_secret)
    if ":" in user:
        raise ConfigError(f"the secret {auth.user_secret} has a colon in it, which no server could read (RFC 7617)")
    return basic(user, secret_of(secrets, auth.secret), redact)


def _sendable(variable: str, secrets: Secrets) -> str:
    value = secret_of(secrets, variable)
    if not is_sendable(value):
        raise ConfigError(f"the secret {variable} has a character in it that no header can carry")
    return value
