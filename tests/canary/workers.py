"""What a worker that lets secrets out does. A process of its own must be able to import it."""

import logging
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """Something to work on."""

    size: int
    secret: str
    lane: str = ""


def prepare(told: str) -> Callable[[Item], None]:
    sys.stdout.write(f"printed {told}\n")
    sys.stdout.flush()
    logging.getLogger("mine").warning("logged %s", told)
    warnings.warn(f"warned {told}", stacklevel=1)
    return work


def work(item: Item) -> None:
    raise RuntimeError(f"raised {item.secret}")


def idle(_: Item) -> None:
    """Do nothing."""


def never_ready(told: str) -> Callable[[Item], None]:
    raise RuntimeError(f"never ready {told}")
