"""A form, posted to where tokens are: an origin of its own, which gets nothing that was set for the API."""

from collections.abc import Mapping
from dataclasses import dataclass

from minidata.adapters.http.asking import Asking, Fault
from minidata.adapters.http.complaining import Complaints
from minidata.adapters.http.credential import head
from minidata.adapters.http.wire import Bounds, NoAnswer, Reply
from minidata.adapters.http.wires import Wires
from minidata.core.fetching.addresses import origin_of, target_of

_LARGEST = 2**20


@dataclass(frozen=True)
class FormPost:
    """Posts forms to *url*. No redirect is followed."""

    url: str
    agent: str
    wires: Wires
    bounds: Bounds
    asking: Asking
    complaints: Complaints

    def __call__(self, form: bytes, headers: Mapping[str, str], *, harmless: bool) -> bytes:
        """Return the body of the answer, which is a good one; raise SourceError when there is none."""
        about = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(form)), **headers}
        return self.asking.until_answered(lambda: self._attempt(form, about), harmless=harmless)

    def _attempt(self, form: bytes, headers: Mapping[str, str]) -> bytes | Fault[bytes]:
        try:
            with self.complaints.about(self.url):
                reply = self._asked(form, headers)
        except NoAnswer as exc:
            return Fault(exc, unsent=exc.unsent)
        if not reply.is_good:
            return Fault(self.complaints.refusal(self.url, reply), reply.status, reply.headers)
        return reply.body

    def _asked(self, form: bytes, headers: Mapping[str, str]) -> Reply:
        wire = self.wires.to(origin_of(self.url))
        own = {"User-Agent": self.agent, "Accept": "application/json", "Accept-Encoding": "gzip"}
        bounds = self.bounds._replace(max_body=_LARGEST)
        return wire.ask("POST", target_of(self.url), head(wire.host, own, headers), form, bounds)
