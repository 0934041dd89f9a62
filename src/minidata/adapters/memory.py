"""
The door to what is remembered from one run to the next: a file that any run can do without, and make again.

It lies where its user's programs keep such things (XDG base directories), not with the project: code that templates
were compiled to is in it, and a project that comes from somebody else must not bring any.
"""

import hashlib
import marshal
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from secrets import token_hex

from minidata.core.memo import Memo, Plain, at_hand

_DIGEST = hashlib.sha256
_OTHERS_MAY_WRITE = 0o022
# Thirty days.
_LONG = 30 * 24 * 60 * 60
# Whose code makes what is remembered, this project's own included.
_MAKERS = (
    "jinja2",
    "minidata.core.dialect.jinja",
    "minidata.core.dialect.variables",
    "minidata.core.queries.outlines",
    "minidata.core.queries.parsing",
    "sqlglot",
)


@contextmanager
def remembering(root: Path, environ: Mapping[str, str]) -> Iterator[None]:
    """Recall what was worked out of the texts of the project at *root*, and keep what is worked out in the block."""
    path = _path(root, environ)
    if path is None:
        yield
        return
    memo = Memo(_read(path))
    with at_hand(memo):
        yield
    # A disk that is full, or nobody's, costs the next run a moment.
    with suppress(OSError):
        if memo.found:
            _write(path, memo.all())
            _forget_beside(path)
        else:
            os.utime(path)


def _path(root: Path, environ: Mapping[str, str]) -> Path | None:
    """Return where the memory of the project at *root* lies; None where its user has no place for such things."""
    home = environ.get("HOME") and Path(environ["HOME"], ".cache")
    base = Path(environ.get("XDG_CACHE_HOME") or environ.get("LOCALAPPDATA") or home or "")
    if not base.is_absolute():
        return None
    name = _DIGEST(os.fsencode(os.path.realpath(root))).hexdigest()[:16]
    return base / "minidata" / f"{name}.memo"


def _read(path: Path) -> Mapping[bytes, Plain]:
    """Return what is remembered; nothing when somebody else could have written it, or it is not whole."""
    try:
        with path.open("rb") as file:
            stat = os.fstat(file.fileno())
            is_ours = sys.platform == "win32" or (stat.st_uid == os.geteuid() and not stat.st_mode & _OTHERS_MAY_WRITE)
            said, body = file.read(_DIGEST().digest_size), file.read()
    except OSError:
        return {}
    if not is_ours or said != _seal(body):
        return {}
    found: Mapping[bytes, Plain] = marshal.loads(body)  # noqa: S302 - written by this user, and whole: see above
    return found


def _write(path: Path, known: Mapping[bytes, Plain]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    body = marshal.dumps(dict(known))
    number, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(_seal(body) + body)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _forget_beside(path: Path) -> None:
    """Remove what has not been in use for long: of projects that are gone, and of runs that were killed."""
    for other in path.parent.iterdir():
        if path.stat().st_mtime - other.stat().st_mtime > _LONG:
            other.unlink()


def _seal(body: bytes) -> bytes:
    """Return what tells that *body* is whole, and was made by just the code that would make it now."""
    makers = "\n".join([sys.version, *map(_edition, _MAKERS)])
    return _DIGEST(makers.encode() + body).digest()


def _edition(module: str) -> str:
    """
    Return what is another when *module* is: a file that is written anew has another time.

    Where all files have one time, as in builds that can be repeated, it lies elsewhere.
    """
    spec = find_spec(module)
    path = Path(spec.origin if spec and spec.origin else "")
    try:
        stat = path.stat()
    except OSError:
        # In an archive, which says nothing of it: then nothing is believed.
        return token_hex(8)
    return f"{path} {stat.st_mtime_ns} {stat.st_size}"
