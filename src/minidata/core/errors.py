"""
Everything minidata raises on purpose.

    MinidataError
    ├── ConfigError      2  the project, a Source, a Row or a model is not as it must be
    │   └── UnknownName  2  ... it names something that is not there; says the nearest that is
    ├── SourceError      5  an API did not answer as promised
    │   └── ApiRefused   5  ... it answered with a status that says no
    ├── StoreError       6  the object store refused, or does not hold what it should
    │   ├── ObjectExists    ... a write-once key is taken
    │   ├── ObjectMissing   ... a key is not there
    │   └── ObjectDamaged   ... what is there is not what was stored
    ├── EngineError      7  Postgres or Docker refused, or is not there
    │   └── EngineDown      ... nothing answers at the database's address
    ├── LockedError      8  somebody else is at work here
    └── RefusedError     9  doing this would destroy or leak something

The number is the exit code. Three and four (QUARANTINED, TESTS) are no errors but outcomes: the facts a step returns
carry them. Any other exception that reaches the top is a bug in minidata: exit code 1, with its traceback.
"""

from collections.abc import Iterable
from enum import IntEnum

# What code that a user wrote may raise, besides what it is asked to.
USERS_ERRORS = (ArithmeticError, AttributeError, LookupError, NameError, OSError, RuntimeError, TypeError, ValueError)


class Exit(IntEnum):
    """What a finished command tells the shell. The README's table is made of these."""

    DONE = 0
    BUG = 1
    CONFIG = 2
    QUARANTINED = 3
    TESTS = 4
    SOURCE = 5
    STORE = 6
    ENGINE = 7
    LOCKED = 8
    REFUSED = 9
    NOTHING_NEW = 10
    INTERRUPTED = 130


# Of several outcomes the worst one is told, in this order.
WORST_FIRST = (
    Exit.REFUSED,
    Exit.LOCKED,
    Exit.ENGINE,
    Exit.STORE,
    Exit.SOURCE,
    Exit.TESTS,
    Exit.QUARANTINED,
    Exit.CONFIG,
)


def worst(codes: Iterable[Exit]) -> Exit:
    """Return the code that a command with several outcomes exits with; DONE for none."""
    seen = set(codes)
    return next((code for code in WORST_FIRST if code in seen), Exit.DONE)


class MinidataError(Exception):
    """
    Something a person can understand and mend.

    The message is one line: what, and where. The hint, when there is one, says what to do.
    """

    exit_code: Exit = Exit.CONFIG
    hint: str = ""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        if hint:
            self.hint = hint


class ConfigError(MinidataError):
    """The project, a Source, a Row or a model is not as it must be."""

    exit_code = Exit.CONFIG


class UnknownName(ConfigError):
    """A name that is not there; the message names the nearest one that is, and *where* the name was met."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, where: str = "", hint: str = "") -> None:
        import difflib  # noqa: PLC0415 - takes a tenth of the program's start, and few runs end here

        names = sorted(known)
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
        message = f"{where}: unknown {kind} {name!r}" if where else f"unknown {kind} {name!r}"
        if near:
            message += f", did you mean {near[0]!r}?"
        elif names:
            message += f", there is: {', '.join(names)}"
        super().__init__(message, hint=hint)
        self.kind = kind
        self.name = name
        self.nearest = near[0] if near else None


class SourceError(MinidataError):
    """An API did not answer as promised."""

    exit_code = Exit.SOURCE


class ApiRefused(SourceError):
    """An API answered with a *status* that says no, such as 404, and asking again would not help."""

    def __init__(self, message: str, status: int, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status


class StoreError(MinidataError):
    """The object store refused, or does not hold what it should."""

    exit_code = Exit.STORE


class ObjectExists(StoreError):
    """A write-once key is taken."""


class ObjectMissing(StoreError):
    """A key is not in the store."""


class ObjectDamaged(StoreError):
    """What is at a key is not what was stored there."""


class EngineError(MinidataError):
    """Postgres or Docker refused, or is not there."""

    exit_code = Exit.ENGINE


class EngineDown(EngineError):
    """Nothing answers at the database's address."""

    hint = "run `minidata up` first"


class LockedError(MinidataError):
    """Somebody else is at work here."""

    exit_code = Exit.LOCKED


class RefusedError(MinidataError):
    """Doing this would destroy or leak something."""

    exit_code = Exit.REFUSED
