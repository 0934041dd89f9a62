"""What goes on a request of a Source besides its address: who asks, and by what right."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import httpx
from pydantic import SecretStr

from minidata.core.addresses import with_params, without_param
from minidata.core.auths import ApiKey, Bearer
from minidata.core.errors import ConfigError
from minidata.core.source import Source


@dataclass(frozen=True, slots=True)
class Credential:
    """The headers and query parameters of a Source's requests, its secret among them."""

    headers: Mapping[str, str] = field(repr=False)
    params: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(cls, source: Source, secret: SecretStr | None, agent: str) -> Self:
        """Return what the requests of *source* carry; raise ConfigError when no header can carry *secret*."""
        params: dict[str, str] = {}
        headers = httpx.Headers({"Accept": "application/json, */*;q=0.8", "User-Agent": agent})
        headers.update(source.headers)
        match source.auth:
            case ApiKey(param=str(name)) if secret:
                params[name] = secret.get_secret_value()
            case ApiKey(header=str(name), secret=variable) if secret:
                headers[name] = _sendable(variable, secret)
            case Bearer(secret=variable) if secret:
                headers["Authorization"] = f"Bearer {_sendable(variable, secret)}"
        # Last, and whatever a Source says: it is all that we can undo.
        headers["Accept-Encoding"] = "gzip"
        return cls(headers, params)

    def signed(self, url: str) -> str:
        """Return *url* with the secret parameters in it."""
        return with_params(url, self.params) if self.params else url

    def unsigned(self, url: str) -> str:
        """Return *url* without the secret parameters, whoever put them there."""
        for name in self.params:
            url = without_param(url, name)
        return url


def _sendable(variable: str, secret: SecretStr) -> str:
    value = secret.get_secret_value()
    if not (value.isascii() and value.isprintable()) or value != value.strip():
        raise ConfigError(f"the secret {variable} has a character in it that no header can carry")
    return value
