"""The connections to one origin, through the proxy that the environment names for it, or straight."""

import ssl
import urllib.request
from ipaddress import ip_address

import httpcore
import httpx

from minidata.core.addresses import Origin
from minidata.core.errors import ConfigError

# A connection that nobody used for so long is closed: many servers close theirs soon after.
_IDLE = 5.0


def pool_to(
    origin: Origin, backend: httpcore.NetworkBackend, *, connections: int, verify: bool
) -> httpcore.ConnectionPool:
    """
    Return at most so many *connections* to *origin*, none of them made yet.

    Without *verify* any certificate is believed. Raises ConfigError when the environment names a proxy or certificates
    that cannot be used.
    """
    tls = _tls(verify=verify) if origin.scheme == "https" else None
    try:
        return _pool(_proxy_for(origin), backend, connections, tls)
    except (ImportError, RuntimeError, ValueError, httpx.InvalidURL):
        # Their words may quote the proxy's password.
        raise ConfigError(
            "the proxy that the environment names cannot be used",
            hint="HTTP_PROXY, HTTPS_PROXY and ALL_PROXY must be http://[user:password@]host:port",
        ) from None


def _pool(
    proxy_url: str | None, backend: httpcore.NetworkBackend, connections: int, tls: ssl.SSLContext | None
) -> httpcore.ConnectionPool:
    if proxy_url is None:
        return httpcore.ConnectionPool(tls, None, connections, connections, _IDLE, network_backend=backend)
    proxy = httpx.Proxy(proxy_url)
    url = httpcore.URL(scheme=proxy.url.raw_scheme, host=proxy.url.raw_host, port=proxy.url.port, target=b"/")
    make = httpcore.SOCKSProxy if proxy.url.scheme.startswith("socks") else httpcore.HTTPProxy
    return make(
        proxy_url=url,
        proxy_auth=proxy.raw_auth,
        ssl_context=tls,
        max_connections=connections,
        max_keepalive_connections=connections,
        keepalive_expiry=_IDLE,
        network_backend=backend,
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
