"""Where a URL of Postgres leads, as libpq reads it."""

from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from minidata.core.fetching.addresses import on_loopback


def parts_of(url: SecretStr) -> tuple[str, str, int]:
    """Return the database, the host (empty for a socket) and the port that *url*, which libpq can read, names."""
    said = conninfo_to_dict(url.get_secret_value())
    port = str(said.get("port") or "").partition(",")[0]
    return str(said.get("dbname") or ""), str(said.get("host") or ""), int(port) if port.isdigit() else 5432


def leads_here(url: SecretStr) -> bool:
    """Return whether *url*, which libpq can read, leads to this machine alone: to a socket, or to its loopback."""
    said = conninfo_to_dict(url.get_secret_value())
    hosts = str(said.get("hostaddr") or said.get("host") or "").split(",")
    # Nothing, a folder or an abstract name is a socket.
    return any(host.startswith(("/", "@")) or not host or on_loopback(host) for host in hosts)
