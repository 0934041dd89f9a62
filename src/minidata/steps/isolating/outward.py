"""The way outside that this machine's environment tells: its proxies, and whom it believes about who is who."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from minidata.core.fetching.addresses import on_loopback
from minidata.core.running.services import API

_PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy"})
_NO_PROXY = "no_proxy"
_AUTHORITIES = "SSL_CERT_FILE"


def way_outside(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return the variables that a stage outside needs; a proxy on loopback is left out, for no container reaches it."""
    found = dict(_proxies(environ))
    if found:
        direct = environ.get(_NO_PROXY) or environ.get(_NO_PROXY.upper()) or ""
        found[_NO_PROXY] = ",".join(filter(None, (direct, API)))
    if Path(environ.get(_AUTHORITIES, "")).is_file():
        found[_AUTHORITIES] = str(Path(environ[_AUTHORITIES]).absolute())
    return found


def _proxies(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in environ.items():
        if name.lower() in _PROXIES and value:
            host = urlsplit(value if "://" in value else f"http://{value}").hostname or ""
            if not on_loopback(host):
                yield name, value


def named_files(variables: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the files that *variables* name: by their absolute paths, as they are found in a container too."""
    paths = (Path(value) for value in variables.values())
    return tuple(path for path in paths if path.is_absolute() and path.is_file())
