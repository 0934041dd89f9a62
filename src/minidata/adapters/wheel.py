"""The door to minidata's own distribution: packed into a wheel again, wherever and however it is installed."""

import base64
import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from importlib.resources import files
from pathlib import Path

from minidata.core.errors import ConfigError

_NAME = "minidata"
# What an installer has written about this installation is not the next one's.
_OF_THE_INSTALLER = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "WHEEL"}
_WHEEL = b"Wheel-Version: 1.0\nGenerator: minidata\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
# The earliest time that a zip knows: equal files give equal bytes.
_TIME = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644 << 16


def packed(template: Iterable[tuple[str, bytes]]) -> tuple[str, bytes]:
    """
    Return the file name of a wheel of the minidata that runs, and its bytes: the same ones for the same files.

    *template* has the files of the project template, each with its path in it, wherever this minidata keeps them.
    Raises ConfigError when minidata is not installed, but only lies on the path.
    """
    dist = _distribution()
    info = f"{_NAME}-{dist.version}.dist-info"
    members = dict(_package()) | dict(_metadata(dist, info)) | {f"{info}/WHEEL": _WHEEL}
    members |= {f"{_NAME}/template/{path}": body for path, body in template}
    record = f"{info}/RECORD"
    lines = [f"{path},sha256={_digest(body)},{len(body)}" for path, body in sorted(members.items())]
    members[record] = "\n".join([*lines, f"{record},,", ""]).encode()
    return f"{_NAME}-{dist.version}-py3-none-any.whl", _zipped(members)


def requirements(*, without: str) -> list[str]:
    """Return what minidata requires, extras left out, and the distribution called *without* too."""
    return [line for line in _distribution().requires or () if "extra ==" not in line and not line.startswith(without)]


def installed_versions() -> list[str]:
    """Return each distribution that is installed beside minidata, pinned as ``name==version``."""
    pairs = {(dist.name.lower(), dist.version) for dist in distributions()}
    return [f"{name}=={version}" for name, version in sorted(pairs) if name != _NAME and "+" not in version]


def _distribution() -> Distribution:
    try:
        return distribution(_NAME)
    except PackageNotFoundError:
        raise ConfigError("minidata is not installed, it only lies on the path", hint="pip install it") from None


def _package() -> Iterator[tuple[str, bytes]]:
    """Yield each file of the package but the template's: its path in the wheel, and what is in it."""
    root = Path(str(files(_NAME)))
    for path in root.rglob("*"):
        place = path.relative_to(root)
        if path.is_file() and place.parts[0] != "template" and "__pycache__" not in place.parts:
            yield f"{_NAME}/{place.as_posix()}", path.read_bytes()


def _metadata(dist: Distribution, info: str) -> Iterator[tuple[str, bytes]]:
    for path in dist.files or ():
        if path.parts[0] == info and path.name not in _OF_THE_INSTALLER:
            yield path.as_posix(), path.read_binary()


def _digest(body: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()


def _zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        # RECORD is last, as the format recommends.
        for path, body in sorted(members.items(), key=lambda member: (".dist-info/" in member[0], member[0])):
            entry = zipfile.ZipInfo(path, _TIME)
            entry.external_attr, entry.compress_type = _MODE, zipfile.ZIP_DEFLATED
            archive.writestr(entry, body)
    return buffer.getvalue()
