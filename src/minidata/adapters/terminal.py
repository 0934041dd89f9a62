"""The door to a program that gets the terminal for itself: our own streams, until it ends."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from minidata.core.errors import ConfigError

_KILLED = 128


def hand_over(program: Path, arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """
    Run *program* on our own stdin, stdout and stderr, with *environ* for its environment; return its exit code.

    Ctrl-C is for it alone. One that a signal ended has 128 and the signal's number. Raises ConfigError when it cannot
    be run.
    """
    try:
        running = subprocess.Popen([program, *arguments], env=dict(environ))  # noqa: S603 - the user's psql
    except OSError as exc:
        raise ConfigError(f"{program} cannot be run: {exc.strerror}") from exc
    while True:
        try:
            code = running.wait()
        except KeyboardInterrupt:
            # It has heard it too, and knows best what to do.
            continue
        return code if code >= 0 else _KILLED - code
