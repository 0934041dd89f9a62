"""Relations and columns as templates see them, with the words that dbt gives them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from minidata.core.errors import ConfigError
from minidata.core.queries.relations import quoted

_PARTS = frozenset({"database", "schema", "identifier"})
# What dbt has for a text of any size.
_NO_SIZE = 256
# dbt's words for types that databases name differently, as Postgres names them.
_TYPES = {"STRING": "TEXT", "FLOAT": "FLOAT", "TIMESTAMP": "TIMESTAMP", "INTEGER": "integer"}


@dataclass(frozen=True)
class Relation(Mapping[str, Any]):
    """
    A relation: its text is what stands in SQL. A mapping as well, for macros ask whether they were given one so.

    A model's own text is its name within ``analytics`` wherever it is shown, which is how it is told apart until it
    is bound to what was built for it; *schema* and *identifier* are those that readers see. *parts* are those that
    its text has.
    """

    schema: str
    identifier: str
    database: str = ""
    type: str | None = None
    text: str = ""
    parts: frozenset[str] = frozenset({"schema", "identifier"})

    @classmethod
    def create(
        cls,
        database: Any = None,
        schema: Any = None,
        identifier: Any = None,
        type: str | None = None,  # noqa: A002 - dbt's word
        **_: Any,
    ) -> "Relation":
        """Return the relation of these names."""
        parts = {"schema"} if schema else set()
        return cls(
            str(schema or ""), str(identifier or ""), str(database or ""), type, parts=frozenset(parts | {"identifier"})
        )

    def __getitem__(self, key: str) -> Any:
        if key not in _KEYS:
            raise KeyError(key)
        return getattr(self, key)

    def __iter__(self) -> Iterator[str]:
        return iter(_KEYS)

    def __len__(self) -> int:
        return len(_KEYS)

    @property
    def metadata(self) -> Mapping[str, str]:
        """What kind of thing this is."""
        return {"type": "PostgresRelation"}

    @property
    def name(self) -> str:
        """The identifier."""
        return self.identifier

    @property
    def table(self) -> str:
        """The identifier."""
        return self.identifier

    @property
    def is_table(self) -> bool:
        """Whether it is known to be a table."""
        return self.type == "table"

    @property
    def is_view(self) -> bool:
        """Whether it is known to be a view."""
        return self.type == "view"

    @property
    def is_cte(self) -> bool:
        """Whether it stands inside the query that names it."""
        return self.type == "cte"

    def include(self, **wanted: bool) -> "Relation":
        """Return the relation with other parts in its text; the database is never one of them."""
        parts = {part for part in self.parts if wanted.get(part, True)} | {
            part for part in _PARTS - {"database"} if wanted.get(part)
        }
        return self if parts == self.parts else replace(self, parts=frozenset(parts), text="")

    def quote(self, **_: bool) -> "Relation":
        """Return the relation itself: a quoted name means the same in Postgres where it is in lower case."""
        return self

    def without_identifier(self) -> "Relation":
        """Return the relation's schema."""
        return self.include(identifier=False)

    def incorporate(self, path: Any = None, type: str | None = None, **_: Any) -> "Relation":  # noqa: A002 - dbt's word
        """Return the relation with other names."""
        names = {**(path or {})}
        return Relation(
            schema=str(names.get("schema") or self.schema),
            identifier=str(names.get("identifier") or self.identifier),
            database=str(names.get("database") or self.database),
            type=type or self.type,
            text="" if names else self.text,
            parts=self.parts,
        )

    def render(self) -> str:
        """Return the text that stands in SQL."""
        return str(self)

    def __str__(self) -> str:
        if self.text:
            return self.text
        names = [("schema", self.schema), ("identifier", self.identifier)]
        return quoted(*(name for part, name in names if part in self.parts))


_KEYS = (*(one.name for one in fields(Relation) if one.name not in {"text", "parts"}), "metadata", "name")


@dataclass(frozen=True)
class Column:
    """A column: its *name* and its *dtype*, a type of Postgres."""

    name: str
    dtype: str

    @property
    def column(self) -> str:
        """The name."""
        return self.name

    @property
    def quoted(self) -> str:
        """The name as it stands in SQL."""
        return quoted(self.name)

    @property
    def data_type(self) -> str:
        """The type."""
        return self.dtype

    def is_string(self) -> bool:
        """Whether it holds text."""
        return self.dtype.split("(")[0] in {"text", "character varying", "character", "varchar"}

    def string_size(self) -> int:
        """Return how many characters it holds at most, 256 where nothing is said. Raises ConfigError for no text."""
        if not self.is_string():
            raise ConfigError(f"{self.name} is no text: it has no size")
        said = self.dtype.partition("(")[2].rstrip(")")
        return int(said) if said.isdigit() else _NO_SIZE

    def is_number(self) -> bool:
        """Whether it holds numbers."""
        return self.is_integer() or self.is_float() or self.is_numeric()

    def is_integer(self) -> bool:
        """Whether it holds whole numbers."""
        return self.dtype in {"smallint", "integer", "bigint", "smallserial", "serial", "bigserial"}

    def is_float(self) -> bool:
        """Whether it holds floating point numbers."""
        return self.dtype in {"real", "float4", "float", "double precision", "float8"}

    def is_numeric(self) -> bool:
        """Whether it holds decimal numbers."""
        return self.dtype.split("(")[0] in {"numeric", "decimal"}


class Columns:
    """What ``api.Column`` is: it makes columns, and names types."""

    def __call__(
        self,
        column: str,
        dtype: str,
        char_size: int | None = None,
        numeric_precision: Any = None,
        numeric_scale: Any = None,
    ) -> Column:
        """Return the column of this name and type; its size, precision and scale become part of the type."""
        plain = Column(column, dtype)
        if plain.is_string() and char_size and "(" not in dtype and dtype != "text":
            return Column(column, self.string_type(char_size))
        return (
            Column(column, self.numeric_type(dtype, numeric_precision, numeric_scale)) if plain.is_numeric() else plain
        )

    def create(self, name: str, label_or_dtype: str) -> Column:
        """Return the column of this name and type."""
        return Column(name, self.translate_type(label_or_dtype))

    def translate_type(self, dtype: str) -> str:
        """Return Postgres's name for what dbt calls *dtype*; what has no other name keeps it."""
        return _TYPES.get(dtype.upper(), dtype)

    def numeric_type(self, dtype: str, precision: Any, scale: Any) -> str:
        """Return a decimal type of this precision and scale."""
        return dtype if precision is None or scale is None else f"{dtype}({precision},{scale})"

    def string_type(self, size: int) -> str:
        """Return a type of text of at most *size* characters."""
        if size < 1:
            raise ConfigError(f"a text of {size} characters has no type")
        return f"character varying({size})"
