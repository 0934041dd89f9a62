"""The passwords in addresses of databases, so that they can be masked."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

_NAMED_PASSWORD = re.compile(r"\bpassword\s*=\s*('[^']*'|[^&\s]+)")


def passwords_in(url: str) -> Iterator[str]:
    """Yield the passwords in a database's *url* or connection string, as they are written and as they are meant."""
    userinfo, at, _ = url.partition("://")[2].rpartition("@")
    _, colon, password = userinfo.partition(":")
    named = [found.group(1).strip("'") for found in _NAMED_PASSWORD.finditer(url)]
    for written in [*([password] if at and colon else []), *named]:
        yield written
        yield unquote(written, errors="replace")
