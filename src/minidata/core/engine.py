"""Where a Postgres is, as the engine that runs it says, and why it is not there any more."""

from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal
from urllib.parse import quote, urlsplit

from pydantic import SecretStr

Kind = Literal["docker", "embedded", "url"]

_WHY = ("FATAL:", "PANIC:")
# What it answers to clients meanwhile.
_NOT_NOW = ("FATAL:  the database system is", "FATAL:  terminating connection")
# After the reason it says that its processes end, and that it is shut down.
_LAST = 8


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


def last_words(log: bytes) -> str:
    """Return of a server's *log* the line that says why it has ended, or would not begin, else the last one."""
    lines = log.decode(errors="replace").strip().splitlines() or [""]
    ended = (line for line in reversed(lines) if not any(words in line for words in _NOT_NOW))
    why = (line for line in islice(ended, _LAST) if any(word in line for word in _WHY))
    return next(why, lines[-1])
