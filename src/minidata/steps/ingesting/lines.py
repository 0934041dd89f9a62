"""Requests that are out at the same time: each on a thread of its own, which also looks into what came."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256

from minidata.adapters.http import Api
from minidata.core.bodies.payload import PayloadError
from minidata.core.exchange import Answer, Ask, Validators
from minidata.core.fetching.cursors import beginning
from minidata.core.fetching.gist import Gist
from minidata.core.fetching.peeking import Peek
from minidata.core.source import Stream
from minidata.steps.ingesting.telling import Told


@dataclass(frozen=True, slots=True)
class Fetched:
    """An *answer*, the sha256 of its body, and its gist, or why its body has none."""

    answer: Answer
    digest: str
    gist: Gist | PayloadError


class Lines:
    """Threads that ask for a Run's pages, as many as the Source bears; *told* knows when the Run began."""

    def __init__(self, api: Api, stream: Stream, peek: Peek, told: Told) -> None:
        self._told = told
        self._api = api
        self._stream = stream
        self._peek = peek
        self._threads = ThreadPoolExecutor(api.source.concurrency, "minidata-ask")

    def send(self, ask: Ask, validators: Validators | None = None) -> "Future[Fetched]":
        """Ask, as soon as a thread is free."""
        return self._threads.submit(self._fetch, ask, validators)

    def close(self) -> None:
        """Ask nothing more; what is out already is left to come in unseen."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _fetch(self, ask: Ask, validators: Validators | None) -> Fetched:
        stream = self._stream
        answer = self._api.get(ask, validators, error_if=stream.error_if, idempotent=stream.idempotent)
        return Fetched(answer, sha256(answer.body).hexdigest(), self._gist(answer))

    def _gist(self, answer: Answer) -> Gist | PayloadError:
        if answer.nothing:
            return Gist(records=0)
        began = self._told.began or beginning(answer.date, answer.fetched_at)
        try:
            return self._peek.gist(answer.body, began)
        except PayloadError as exc:
            return exc
