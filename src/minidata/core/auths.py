"""
How a Source gets in: credentials as values that name secrets and never hold one.

What each puts on a request is the HTTP door's work. A credential goes to the origin of the Source's base URL alone;
that of OAuth2 to its token URL, for that is what it was made for.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from minidata.core.errors import ConfigError

# Given the secrets by their names; returns the headers to send. Called anew for each request.
Signer = Callable[[Mapping[str, SecretStr]], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key, sent in the header or in the query parameter named here; *secret* names an environment variable."""

    secret: str
    header: str | None = None
    param: str | None = None

    def __post_init__(self) -> None:
        if (self.header is None) == (self.param is None):
            raise ConfigError(
                "ApiKey needs a header or a param, one of them",
                hint='for example ApiKey(header="X-Api-Key", secret="SHOP_API_KEY")',
            )

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of the secrets that are needed."""
        return (self.secret,)


@dataclass(frozen=True, slots=True)
class Bearer:
    """
    A bearer token (RFC 6750), sent as ``Authorization: Bearer …``; *secret* names an environment variable.

    With *optional*, an API that answers strangers too is asked without it when the secret is not set.
    """

    secret: str
    optional: bool = False

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of the secrets that are needed."""
        return () if self.optional else (self.secret,)


@dataclass(frozen=True, slots=True)
class Basic:
    """
    A user's name and password (RFC 7617), as ``Authorization: Basic …``.

    *secret* names the variable of the password. *user* is the name itself; where that is a secret too, *user_secret*
    names its variable instead. With neither, the name is empty.
    """

    secret: str
    user: str = ""
    user_secret: str | None = None

    def __post_init__(self) -> None:
        if self.user and self.user_secret:
            raise ConfigError("Basic has both a user and a user_secret", hint="say one of them")
        if ":" in self.user:
            raise ConfigError("the user of Basic has a colon in it, which no server could read (RFC 7617)")

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of the secrets that are needed."""
        return (self.secret,) if self.user_secret is None else (self.user_secret, self.secret)


@dataclass(frozen=True, slots=True)
class OAuth2:
    """
    A token of an OAuth 2.0 server (RFC 6749), sent as ``Authorization: Bearer …``.

    Asked for at *token_url* by the client credentials grant or, where *refresh_token* names a secret, by the refresh
    token grant. The token is kept in memory alone, and renewed when it ends or, once, when the API answers 401.
    *client_id* and *client_secret* name secrets too. They are sent as HTTP Basic, or in the form with
    ``credentials="form"``; *scope* and *params* go into the form.
    """

    token_url: str
    client_id: str
    client_secret: str | None = None
    refresh_token: str | None = None
    scope: str | None = None
    params: Mapping[str, str] | None = None
    credentials: str = "basic"

    def __post_init__(self) -> None:
        url = urlsplit(self.token_url)
        if url.scheme not in {"http", "https"} or not url.hostname or url.username or url.fragment:
            raise ConfigError("the token_url of OAuth2 must be http(s)://host/…, without user")
        if self.credentials not in {"basic", "form"}:
            raise ConfigError(f"the credentials of OAuth2 go as 'basic' or 'form', not {self.credentials!r}")
        if self.client_secret is None and self.refresh_token is None:
            raise ConfigError("OAuth2 needs a client_secret or a refresh_token, each the name of a secret")

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of the secrets that are needed."""
        return tuple(filter(None, (self.client_id, self.client_secret, self.refresh_token)))


@dataclass(frozen=True, slots=True)
class SignedBy:
    """
    A user's own way in: *function* is given the *secrets* named here and returns the headers to send.

    It is called for each request, from several threads at once.
    """

    function: Signer
    secrets: tuple[str, ...] = ()


def secrets_for(auth: "Auth | None") -> tuple[str, ...]:
    """Return the names of all secrets that *auth* may use: those it needs, and one that is optional."""
    if isinstance(auth, Bearer):
        return (auth.secret,)
    return auth.secrets if auth else ()


Auth = ApiKey | Bearer | Basic | OAuth2 | SignedBy
