"""The door to threads that are given up on: an answer within so many seconds, or none."""

from collections.abc import Callable
from queue import Empty, Queue
from threading import Thread
from typing import TypeVar

Answer = TypeVar("Answer")


def within(seconds: float, ask: Callable[[], Answer]) -> Answer:
    """
    Return what *ask* returns, or raise what it raises; raise TimeoutError after *seconds*.

    It goes on in a thread of its own, which does not keep the program from ending: it must do no harm.
    """
    answers: Queue[tuple[Answer | None, BaseException | None]] = Queue()

    def run() -> None:
        try:
            answers.put((ask(), None))
        except BaseException as exc:  # noqa: BLE001 - raised again, by the one who asks
            answers.put((None, exc))

    Thread(target=run, daemon=True).start()
    try:
        answer, raised = answers.get(timeout=seconds)
    except Empty:
        raise TimeoutError from None
    if raised is not None:
        raise raised
    return answer  # type: ignore[return-value]  # what ask() returned, for it has not raised
