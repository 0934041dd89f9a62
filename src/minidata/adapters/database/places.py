"""Where a URL of Postgres leads, as libpq reads it."""

from ipaddress import ip_address

from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr


def leads_here(url: SecretStr) -> bool:
    """Return whether *url*, which libpq can read, leads to this machine alone: to a socket, or to its loopback."""
    said = conninfo_to_dict(url.get_secret_value())
    hosts = str(said.get("hostaddr") or said.get("host") or "").split(",")
    return any(_is_here(host) for host in hosts)


def _is_here(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        # Nothing, a folder or an abstract name is a socket.
        return host in {"", "localhost"} or host.startswith(("/", "@"))
    return address.is_loopback or address.is_unspecified
