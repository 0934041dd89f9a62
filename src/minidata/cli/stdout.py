"""What the thing behind stdout may refuse: a full disk, a reader who has left."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from minidata.core.errors import StoreError

_REFUSALS = frozenset({errno.ENOSPC, errno.EIO, errno.EBADF, errno.EDQUOT, errno.EFBIG})


@contextmanager
def stdout_told() -> Iterator[None]:
    """Turn what the thing behind stdout refuses into our words; such an error names no file."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as exc:
        if exc.filename is not None or exc.errno not in _REFUSALS:
            raise
        forget_stdout()
        raise StoreError(f"cannot write to stdout: {exc.strerror}") from exc


def give_up_stdout_if_full() -> None:
    """What could not be written is still in Python's hands: it would be tried, and fail, once more at the end."""
    try:
        sys.stdout.flush()
    except OSError:
        forget_stdout()


def forget_stdout() -> None:
    """Lead stdout nowhere: Python would try once more while it shuts down, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
