"""The data folder: made whole, of which Postgres it is, moved aside for another one, and removed."""

import shutil
import tempfile
from pathlib import Path

from minidata.adapters.embedded.accounts import Account, private_folder
from minidata.adapters.embedded.programs import MAJOR, run
from minidata.adapters.embedded.sockets import copied_from
from minidata.core.errors import RefusedError

OWNER = "postgres"
_PART = ".part-"
# Text has the same order on every machine, whatever locales it has.
_NEW_DATA = (
    *("--username", OWNER, "--auth=trust", "--encoding=UTF8", "--no-instructions"),
    *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
)


def major_of(folder: Path) -> str | None:
    """Return the major version of the Postgres whose data is in *folder*, None when there is none."""
    try:
        return (folder / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        return None


def make(folder: Path, account: Account | None) -> None:
    """Make *folder*; it gets its name when it is complete, so that half of one is never taken for it."""
    _remove_unfinished(folder)
    # A name of its own: the initdb of a command that was killed may still be at work in the last one.
    part = Path(tempfile.mkdtemp(prefix=f"{folder.name}{_PART}", dir=folder.parent))
    private_folder(part, account)
    run(account, part, "initdb", "-D", ".", *_NEW_DATA)
    part.rename(folder)


def check(folder: Path) -> None:
    """Raise RefusedError when our Postgres cannot run on *folder*."""
    original = copied_from(folder)
    if original is not None:
        # Files that were copied one after the other while a server wrote them are of no moment that ever was.
        raise RefusedError(
            f"the data in {folder} was copied from {original} while Postgres was at work there",
            hint="`minidata down --volumes`, `up` and `load` fill a new one from the object store",
        )
    major = major_of(folder)
    if major != MAJOR:
        raise RefusedError(
            f"the data in {folder} is of Postgres {major}, the embedded one is {MAJOR}",
            hint="`minidata up --upgrade` keeps it and fills a new one from the object store; for a dump, use the"
            " minidata that made it (docs/database.md)",
        )


def aside(folder: Path, major: str) -> Path:
    """Return where the data of an earlier Postgres is kept."""
    return folder.with_name(f"{folder.name}-{major}")


def remove(folder: Path) -> bool:
    """Remove all data, that of earlier Postgres versions too; return whether there was any."""
    _remove_unfinished(folder)
    there = [path for path in (folder, *folder.parent.glob(aside(folder, "[0-9]*").name)) if path.is_dir()]
    for path in there:
        shutil.rmtree(path)
    return bool(there)


def _remove_unfinished(folder: Path) -> None:
    for part in folder.parent.glob(f"{folder.name}{_PART}*"):
        shutil.rmtree(part, ignore_errors=True)
