"""Work for a crew. A process of its own must be able to import it."""

import os
from collections.abc import Callable
from typing import NamedTuple


class Item(NamedTuple):
    """Something to work on, as large as makes others worth while."""

    number: int
    lane: str
    size: int


class Done(NamedTuple):
    """Which item was done, and in which process."""

    item: Item
    process: int


def begin(_: None) -> Callable[[Item], Done]:
    return do


def do(item: Item) -> Done:
    return Done(item, os.getpid())
