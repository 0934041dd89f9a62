"""Asks a server through the HTTP door, on a clock that does not wait."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pydantic import SecretStr

from faults import Onlooker, TurnedClock
from minidata.adapters.http import Api
from minidata.core.auths import ApiKey, Auth, Bearer
from minidata.core.clock import Clock
from minidata.core.exchange import Answer, Ask, Validators
from minidata.core.rows import Row
from minidata.core.secrecy.secrets import Redactor
from minidata.core.settings import HttpSection
from minidata.core.source import ErrorIf, Source, Stream

SECRET = "s3cr3t/k+y"
HEADER = ApiKey(header="X-Api-Key", secret="SHOP_API_KEY")
PARAM = ApiKey(param="api_key", secret="SHOP_API_KEY")
BODY = json.dumps([{"id": number} for number in range(40)]).encode()


class Order(Row):
    id: int


class Desk:
    """One who asks the API at *base_url*, a Source with whatever else is said of it; all its secrets are SECRET."""

    def __init__(
        self, base_url: str, auth: Auth | None = None, *, secrets: Mapping[str, str] | None = None, **source: Any
    ) -> None:
        self.source = Source("shop", base_url, (Stream("orders", path="/orders", row=Order),), auth, **source)
        names = (auth.secret,) if isinstance(auth, Bearer) else auth.secrets if auth else ()
        self.secrets = dict.fromkeys(names, SECRET) if secrets is None else secrets
        self.clock: Clock = TurnedClock()
        self.watch = Onlooker()
        self.redact = Redactor(self.secrets.values())

    @property
    def slept(self) -> list[float]:
        assert isinstance(self.clock, TurnedClock)
        return self.clock.slept

    @contextmanager
    def api(self, **settings: Any) -> Iterator[Api]:
        api = Api(
            source=self.source,
            secrets={name: SecretStr(value) for name, value in self.secrets.items()},
            settings=HttpSection(**settings),
            agent="minidata/1",
            redact=self.redact,
            clock=self.clock,
            watch=self.watch,
        )
        with api:
            yield api

    def ask(self, path: str = "/orders", params: Mapping[str, str | int] | None = None, **more: Any) -> Ask:
        return Ask(path if "://" in path else self.source.base_url + path, params or {}, **more)

    def get(self, path: str = "/orders", params: Mapping[str, str | int] | None = None, **settings: Any) -> Answer:
        with self.api(**settings) as api:
            return api.get(self.ask(path, params))

    def post(
        self, body: Mapping[str, Any] | None, *, idempotent: bool = False, error_if: ErrorIf | None = None
    ) -> Answer:
        with self.api() as api:
            return api.get(self.ask(method="POST", body=body), idempotent=idempotent, error_if=error_if)

    def get_if(self, validators: Validators | None = None, error_if: ErrorIf | None = None) -> Answer:
        with self.api() as api:
            return api.get(self.ask(), validators, error_if=error_if)
