"""The door to the machine itself: its disk, how its file system keeps time, and what it says about the network."""

import os
import platform
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.request import getproxies_environment

_USERINFO = re.compile(r"(?<=://)[^/@\s]*@|^[^/@\s]*@")
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass(frozen=True)
class Disk:
    """Bytes of a disk: *free* for us, and in all."""

    free: int
    total: int


def disk(folder: Path) -> Disk:
    """Return how full the disk of *folder* is. May raise OSError."""
    usage = shutil.disk_usage(folder)
    return Disk(usage.free, usage.total)


def file_time(folder: Path) -> float | None:
    """Return what time it is for the file system of *folder*, in seconds since 1970; None where we may not write."""
    try:
        # It has no name where the system can do without, and is gone at once.
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"?")
            file.flush()
            return os.fstat(file.fileno()).st_mtime
    except OSError:
        return None


def proxies() -> Mapping[str, str]:
    """Return the proxies of the environment, by what they are for, users and passwords masked."""
    return {kind: _USERINFO.sub("***@", url) for kind, url in sorted(getproxies_environment().items())}


def certificates() -> Iterator[tuple[str, Path]]:
    """Yield the variables that name certificates to trust, with what they name."""
    for name in _CERTIFICATES:
        if os.environ.get(name):
            yield name, Path(os.environ[name])


def python() -> str:
    """Return which Python this is, and on what."""
    return f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"


def cores() -> int:
    """Return how many cores there are for this process."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
