"""One Source's API: what is asked of it, again where that may help, and what counts as an answer."""

from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Self

from minidata.adapters.http.asking import Asking, Fault
from minidata.adapters.http.complaining import Complaints, way_in
from minidata.adapters.http.credential import Credential, Secrets, fixed
from minidata.adapters.http.forms import FormPost
from minidata.adapters.http.sending import Sender
from minidata.adapters.http.signing import Signing
from minidata.adapters.http.tokens import Tokens
from minidata.adapters.http.wire import Bounds, NoAnswer, Reply
from minidata.adapters.http.wires import Wires
from minidata.core.auths import Auth, OAuth2, SignedBy
from minidata.core.bodies.payload import PayloadError, parse
from minidata.core.clock import Clock
from minidata.core.exchange import Answer, Ask, Validators
from minidata.core.fetching.envelopes import error_in
from minidata.core.fetching.pacing import Pace
from minidata.core.fetching.retrying import Limits, date_of
from minidata.core.secrecy.secrets import Redactor
from minidata.core.settings import HttpSection
from minidata.core.source import ErrorIf, Source
from minidata.core.watch import Watch

# RFC 8288 sets no limit; a header that is longer leads nowhere.
_LONGEST_LINK = 65_536
# What an answer that says of itself that it is an error is taken for.
_AS_BAD_AS = HTTPStatus.SERVICE_UNAVAILABLE


@dataclass(kw_only=True)
class Api:
    """
    The door to one Source's API: a context manager, used by as many threads at once as the Source says.

    *secrets* are the values of the Source's secrets by their names, *agent* is the name we go by. Errors name the
    address, never a secret. Raises ConfigError when a secret that is needed is missing, or cannot be sent.
    """

    source: Source
    secrets: Secrets
    settings: HttpSection
    agent: str
    redact: Redactor
    clock: Clock
    watch: Watch

    def __post_init__(self) -> None:
        source = self.source
        self._wires = Wires(self.clock, connections=source.concurrency, verify=source.verify)
        limits = Limits(self.settings.attempts, self.settings.patience)
        self._asking = Asking(limits, self.clock, self.watch, Pace(source.rate), self._wires.switch)
        self._credential = self._credential_of(source.auth)
        self._complaints = Complaints(self.redact, self._credential.unsigned, way_in(source.auth, self.secrets))
        self._sender = Sender(
            source,
            self._credential,
            agent=self.agent,
            wires=self._wires,
            bounds=self._bounds,
            complaints=self._complaints,
            turn=self._asking.wait_for_turn,
        )

    def __enter__(self) -> Self:
        if not self.source.verify:
            self.watch.note(f"{self.source.name}: any certificate is believed, for the source says verify=False")
        return self

    def __exit__(self, *exc: object) -> None:
        # What is still out nobody waits for: its retries would hold up the end of the program.
        self.abort()
        self._wires.close()

    def abort(self) -> None:
        """Let everything that is asked now, in whatever thread, fail at once, and whatever is asked from now on."""
        self._wires.switch.turn_off()

    def get(
        self,
        ask: Ask,
        validators: Validators | None = None,
        *,
        error_if: ErrorIf | None = None,
        idempotent: bool = False,
    ) -> Answer:
        """
        Ask, again where that may help, and return the whole answer: its status is 2xx, but not 206.

        With *validators* it may also be 304: there is nothing else than what they are of. An answer that *error_if*
        takes for an error is none. What is no GET is asked again only when that cannot make it happen twice, or when it
        is *idempotent*. Raises SourceError when the API does not answer as promised, RefusedError when *ask* is for an
        origin that is not the Source's.
        """
        harmless = idempotent or ask.method == "GET"
        return self._asking.until_answered(lambda: self._attempt(ask, validators, error_if), harmless=harmless)

    def _attempt(self, ask: Ask, validators: Validators | None, error_if: ErrorIf | None) -> Answer | Fault[Answer]:
        try:
            url, reply = self._sender.send(ask, validators)
        except NoAnswer as exc:
            return Fault(exc, unsent=exc.unsent)
        if not (reply.is_good or (validators and reply.status == HTTPStatus.NOT_MODIFIED)):
            return Fault(self._complaints.refusal(url, reply), reply.status, reply.headers)
        answer = self._answer(url, reply)
        wrong = error_in(error_if, reply.body) if error_if and reply.body else None
        if error_if and wrong is not None:
            error = self._complaints.error(url, f"answers {reply.status} with {self._complaints.words(wrong)}")
            return Fault(error, _AS_BAD_AS if error_if.retry else reply.status, reply.headers)
        if reply.framed or _is_whole(reply.body):
            return answer
        # It may have been cut, it may be a page of HTML: worth asking again, and worth keeping if that is no better.
        error = self._complaints.error(url, "is no JSON, or cut: nothing says how long the body should be")
        return Fault(error, answer=answer)

    def _answer(self, url: str, reply: Reply) -> Answer:
        headers = reply.headers
        return Answer(
            url=self._credential.unsigned(url),
            status=reply.status,
            body=reply.body,
            fetched_at=self.clock.now(),
            date=date_of(headers.get("date")),
            content_type=headers.get("content-type"),
            content_encoding=headers.get("content-encoding"),
            etag=headers.get("etag"),
            last_modified=headers.get("last-modified"),
            link=headers["link"][:_LONGEST_LINK] if "link" in headers else None,
        )

    @cached_property
    def _bounds(self) -> Bounds:
        source, settings = self.source, self.settings
        return Bounds(
            source.timeout or settings.timeout,
            source.deadline or settings.deadline,
            source.max_body or settings.max_body,
        )

    def _credential_of(self, auth: Auth | None) -> Credential:
        match auth:
            case OAuth2():
                return Credential(fresh=self._tokens(auth))
            case SignedBy():
                return Credential(fresh=Signing.by(auth, self.secrets, self.redact))
        return fixed(auth, self.secrets, self.redact)

    def _tokens(self, auth: OAuth2) -> Tokens:
        complaints = Complaints(self.redact, str, way_in(auth, self.secrets))
        post = FormPost(auth.token_url, self.agent, self._wires, self._bounds, self._asking, complaints)
        return Tokens(auth, self.secrets, post=post, clock=self.clock, redact=self.redact, watch=self.watch)


def _is_whole(body: bytes) -> bool:
    """Whether *body* is a JSON document, or lines of them, and so was not cut."""
    lines = body.rstrip().splitlines()
    return _is_json(body) or (len(lines) > 1 and _is_json(lines[0]) and _is_json(lines[-1]))


def _is_json(body: bytes) -> bool:
    try:
        parse(body)
    except PayloadError as exc:
        return exc.code not in {"EMPTY", "NOT_JSON", "NOT_UTF8"}
    return True
