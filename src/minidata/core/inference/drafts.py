"""A Source that is being written: what of it is known, what is a guess, and the words to say so."""

from collections.abc import Iterator
from dataclasses import dataclass

from minidata.core.auths import Auth
from minidata.core.exchange import Params
from minidata.core.inference.cursors import CursorGuess
from minidata.core.inference.keys import KeyGuess
from minidata.core.inference.paging import Paging


@dataclass(frozen=True, slots=True)
class Plain:
    """A type that is spelled by its name."""

    text: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """A text, one of a few."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list; *nullable* is whether its items may be null."""

    item: "Type"
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class DraftModel:
    """A Row, or a model inside of one."""

    name: str
    fields: tuple["DraftField", ...]

    def inner(self) -> Iterator["DraftModel"]:
        """Yield the models that this one stands on, each before those that use it, each once."""
        seen: set[str] = set()
        for field in self.fields:
            kind = field.type
            while isinstance(kind, ListOf):
                kind = kind.item
            if isinstance(kind, DraftModel):
                for model in (*kind.inner(), kind):
                    if model.name not in seen:
                        seen.add(model.name)
                        yield model


Type = Plain | OneOf | ListOf | DraftModel


@dataclass(frozen=True, slots=True)
class DraftField:
    """
    One field: *path* is where the API has it, *nullable* and *absent* what was seen of it or said.

    *about* becomes its description, *comment* what a reader of the file should know of how it was found.
    """

    name: str
    type: Type
    path: tuple[str, ...]
    nullable: bool = False
    absent: bool = False
    about: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class DraftStream:
    """One endpoint. *comment* says what the Row was made from."""

    name: str
    path: str
    params: Params
    row: DraftModel
    records: str
    key: KeyGuess
    paging: Paging
    cursor: CursorGuess | None
    comment: str


@dataclass(frozen=True, slots=True)
class DraftSource:
    """A whole Source; *origin* is the address that it was made from."""

    name: str
    base_url: str
    origin: str
    streams: tuple[DraftStream, ...]
    auth: Auth | None = None
    about: str = ""
