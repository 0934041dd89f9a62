"""Where a Postgres is, as the engine that runs it says."""

from dataclasses import dataclass
from typing import Literal

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
