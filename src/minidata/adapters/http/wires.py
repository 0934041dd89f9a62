"""All connections of one Source's API: those to its own origin, and to the few others that it needs."""

from threading import Lock

from minidata.adapters.http.sockets import Deadline, Switch
from minidata.adapters.http.wire import Wire
from minidata.core.clock import Clock
from minidata.core.fetching.addresses import Origin


class Wires:
    """A Wire to each origin, made when it is first needed; used by any number of threads at once."""

    def __init__(self, clock: Clock, *, connections: int, verify: bool) -> None:
        self.switch = Switch()
        self._deadline = Deadline(clock.monotonic)
        self._connections = connections
        self._verify = verify
        self._lock = Lock()
        self._by_origin: dict[Origin, Wire] = {}

    def to(self, origin: Origin) -> Wire:
        """Return the one to *origin*; raise SourceError and ConfigError when there can be none."""
        wire = self._by_origin.get(origin)
        return wire or self._made(origin)

    def close(self) -> None:
        """Close all of them."""
        for wire in self._by_origin.values():
            wire.close()

    def _made(self, origin: Origin) -> Wire:
        with self._lock:
            if origin not in self._by_origin:
                wire = Wire(origin, self._deadline, self.switch, connections=self._connections, verify=self._verify)
                self._by_origin[origin] = wire
            return self._by_origin[origin]
