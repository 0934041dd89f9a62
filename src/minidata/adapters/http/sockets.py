"""
Connections that end on time.

httpx's timeouts are for each read: a server that drips a byte a second never meets one. So the sockets under its
transport are wrapped, and every wait on them is cut to what is left until a deadline.
"""

import ssl
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

import httpcore
import httpx

from minidata.core.addresses import Origin
from minidata.core.errors import ConfigError

# Returns the seconds left until the deadline; raises httpcore.ReadTimeout when there are none.
Left = Callable[[], float]


class PunctualTransport(httpx.HTTPTransport):
    """httpx's transport to one origin, through the proxy that the environment names for it."""

    def __init__(self, origin: Origin, left: Left) -> None:
        try:
            super().__init__(trust_env=True, proxy=_proxy_for(origin))
        except (ImportError, ValueError, httpx.InvalidURL):
            # Their words may quote the proxy's password.
            raise ConfigError(
                "the proxy that the environment names cannot be used",
                hint="HTTP_PROXY, HTTPS_PROXY and ALL_PROXY must be http://[user:password@]host:port",
            ) from None
        # httpx has no public way to hand in a network backend; the tests with a dripping server hold this line.
        self._pool._network_backend = _Backend(self._pool._network_backend, left)  # noqa: SLF001


@dataclass(frozen=True)
class _Backend(httpcore.NetworkBackend):
    inner: httpcore.NetworkBackend
    left: Left

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        timeout = _cut(timeout, self.left())
        return _Stream(self.inner.connect_tcp(host, port, timeout, local_address, socket_options), self.left)


@dataclass(frozen=True)
class _Stream(httpcore.NetworkStream):
    inner: httpcore.NetworkStream
    left: Left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.inner.read(max_bytes, _cut(timeout, self.left()))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.inner.write(buffer, _cut(timeout, self.left()))

    def close(self) -> None:
        self.inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        timeout = _cut(timeout, self.left())
        return _Stream(self.inner.start_tls(ssl_context, server_hostname, timeout), self.left)

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)


def _cut(timeout: float | None, left: float) -> float:
    return left if timeout is None else min(timeout, left)


def _proxy_for(origin: Origin) -> str | None:
    """Return the proxy that the environment names for *origin*; what is on this machine never has one."""
    if _is_here(origin.host) or urllib.request.proxy_bypass(f"{origin.host}:{origin.port}"):
        return None
    proxies = urllib.request.getproxies()
    found = proxies.get(origin.scheme) or proxies.get("all")
    return found if not found or "://" in found else f"http://{found}"


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
