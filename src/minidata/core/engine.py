"""Where a Postgres is, as the engine that runs it says."""

from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import quote, urlsplit

from pydantic import SecretStr

Kind = Literal["docker", "embedded", "url"]


@dataclass(frozen=True)
class Endpoint:
    """
    A Postgres that answers: *url* logs in as its owner, *where* describes it in one line for people, without secrets.
    """

    kind: Kind
    url: SecretStr
    where: str

    def as_user(self, user: str, password: SecretStr) -> "Endpoint":
        """Return the same Postgres, with a URL that logs in as *user*. Only for an engine's own URL, not for any."""
        parts = urlsplit(self.url.get_secret_value())
        userinfo = f"{quote(user, safe='')}:{quote(password.get_secret_value(), safe='')}"
        place = parts.netloc.rpartition("@")[2]
        return replace(self, url=SecretStr(parts._replace(netloc=f"{userinfo}@{place}").geturl()))
