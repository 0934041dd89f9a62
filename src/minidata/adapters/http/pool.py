"""The connections to one origin, through the proxy that the environment names for it, or straight."""

import ssl
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from threading import BoundedSemaphore

import httpcore
import httpx

from minidata.core.errors import ConfigError
from minidata.core.fetching.addresses import Origin

# A connection that nobody used for so long is closed: many servers close theirs soon after.
_IDLE = 5.0


class Pool:
    """
    The connections to one origin, each in the hands of one thread at a time.

    httpcore's own pool looks at connections while other threads use them; it takes one that has just been answered for
    one that the server has hung up on, and closes it.
    """

    def __init__(self, make: Callable[[], httpcore.ConnectionInterface], size: int) -> None:
        self._make = make
        self._turns = BoundedSemaphore(size)
        self._idle: list[httpcore.ConnectionInterface] = []
        self._closed = False

    @contextmanager
    def connection(self) -> Iterator[httpcore.ConnectionInterface]:
        """Lend a connection, made or to be made; wait for one while all are lent."""
        with self._turns:
            connection = self._taken()
            try:
                yield connection
            finally:
                self._returned(connection)

    def close(self) -> None:
        """Close all connections; one that is lent, as soon as it is returned."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    def _returned(self, connection: httpcore.ConnectionInterface) -> None:
        if connection.is_available():
            self._idle.append(connection)
        else:
            connection.close()
        # Only now: whoever closes all meanwhile has seen this one, or is seen here.
        if self._closed:
            self.close()

    def _taken(self) -> httpcore.ConnectionInterface:
        while self._idle:
            connection = self._idle.pop()
            if not connection.has_expired():
                return connection
            connection.close()
        return self._make()


def pool_to(
    origin: Origin, there: httpcore.Origin, backend: httpcore.NetworkBackend, *, size: int, verify: bool
) -> Pool:
    """
    Return *size* connections to *origin*, which httpcore calls *there*; none of them is made yet.

    Without *verify* any certificate is believed. Raises ConfigError when the environment names a proxy or certificates
    that cannot be used.
    """
    tls = _tls(verify=verify) if origin.scheme == "https" else None
    try:
        makers = _makers(_proxy_for(origin), backend, tls)
        # What is missing for a proxy is found out here, and not with the first request.
        makers.create_connection(there)
    except (ImportError, RuntimeError, ValueError, httpx.InvalidURL):
        # Their words may quote the proxy's password.
        raise ConfigError(
            "the proxy that the environment names cannot be used",
            hint="HTTP_PROXY, HTTPS_PROXY and ALL_PROXY must be http://[user:password@]host:port",
        ) from None
    return Pool(lambda: makers.create_connection(there), size)


def _makers(
    proxy_url: str | None, backend: httpcore.NetworkBackend, tls: ssl.SSLContext | None
) -> httpcore.ConnectionPool:
    """Return what makes connections; it keeps none."""
    if proxy_url is None:
        return httpcore.ConnectionPool(tls, keepalive_expiry=_IDLE, network_backend=backend)
    proxy = httpx.Proxy(proxy_url)
    url = httpcore.URL(scheme=proxy.url.raw_scheme, host=proxy.url.raw_host, port=proxy.url.port, target=b"/")
    make = httpcore.SOCKSProxy if proxy.url.scheme.startswith("socks") else httpcore.HTTPProxy
    return make(
        proxy_url=url, proxy_auth=proxy.raw_auth, ssl_context=tls, keepalive_expiry=_IDLE, network_backend=backend
    )


def _tls(*, verify: bool) -> ssl.SSLContext:
    try:
        return httpx.create_ssl_context(verify=verify)
    except OSError as exc:
        raise ConfigError(
            f"the certificates that the environment names cannot be read ({exc})",
            hint="look at SSL_CERT_FILE and SSL_CERT_DIR",
        ) from exc


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
