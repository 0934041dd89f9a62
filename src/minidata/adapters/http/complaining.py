"""What is said about an API that does not answer as promised: one line, and no secret in it."""

from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

from minidata.adapters.http.wire import NoAnswer, Reply
from minidata.core.auths import Auth, Bearer
from minidata.core.errors import ApiRefused, SourceError
from minidata.core.secrecy.secrets import Redactor
from minidata.core.wording import excerpt

# How much of an error's body is looked at for the few words of it that are shown.
_GLANCE = 10_000


@dataclass(frozen=True, slots=True)
class Complaints:
    """
    Makes errors; *bare* takes from an address what must not be seen of it.

    *way_in* is what to do when the API does not let us in: see way_in().
    """

    redact: Redactor
    bare: Callable[[str], str]
    way_in: str

    def error(self, url: str, what: str, hint: str = "") -> SourceError:
        """Return the error of which *what* is said about *url*."""
        return SourceError(f"{self.shown(url)} {self.redact(what)}", hint=hint)

    @contextmanager
    def about(self, url: str) -> Iterator[None]:
        """Let the errors of a Wire within the block, which end a sentence, begin with *url*."""
        try:
            yield
        except NoAnswer as exc:
            raise NoAnswer(str(self.error(url, str(exc))), hint=exc.hint, unsent=exc.unsent) from exc
        except SourceError as exc:
            raise self.error(url, str(exc), exc.hint) from exc

    def refusal(self, url: str, reply: Reply) -> ApiRefused:
        """Return the error for a *reply* with a status that says no; a few of its own words are in it."""
        status = f"{reply.status} {_phrase(reply.status)}".strip()
        words = self.words(reply.body[:_GLANCE].decode(errors="replace"))
        message = f"{self.shown(url)} answers {status}" + (f": {words}" if words else "")
        return ApiRefused(message, reply.status, hint=self._hint(reply.status))

    def shown(self, url: str) -> str:
        """Return *url* as it may be shown."""
        return self.words(self.bare(url))

    def words(self, text: str) -> str:
        """Return somebody else's *text* as it may be shown."""
        # Masked before it is cut: half a secret would not be found.
        return excerpt(self.redact(text))

    def _hint(self, status: int) -> str:
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            return self.way_in
        if status == HTTPStatus.NOT_FOUND:
            return "look at the source's base_url and the stream's path"
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return "give the source a rate=, in requests a second, or less concurrency="
        return ""


def way_in(auth: Auth | None, given: Container[str]) -> str:
    """Return what to do when the API does not let us in by *auth*, with the secrets whose names are *given*."""
    if auth is None:
        return "the API wants a key: give the source an auth="
    if isinstance(auth, Bearer) and auth.secret not in given:
        return f"it may let in who has the secret {auth.secret}: `minidata secrets set {auth.secret}`"
    names = auth.secret if isinstance(auth, Bearer) else ", ".join(auth.secrets)
    return f"is the secret {names} right?" if names else "is what the source's auth= sends right?"


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
