"""Row: the class whose fields are a table's columns."""

import hashlib
import json
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import DatetimeSchema, DecimalSchema


class Row(BaseModel):
    """
    One validated record; its fields are the table's columns, in their order.

    Types are strict: ``"12"`` is no int. Where JSON has no type of its own the usual text is taken: ISO 8601 for dates,
    times and intervals, a decimal or a number for Decimal, text for UUIDs, addresses and URLs. Fields that an API sends
    and the Row does not name are left in the raw object. A Row or a field may say ``strict=False``.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


@dataclass(frozen=True, slots=True)
class Child:
    """
    Said of a field that holds a list of models: its items are rows of a table of their own.

    ``items: Annotated[list[Item], Child()]`` in a Stream ``orders`` fills ``orders_items``, or the *table* given here.
    A row has the key of its parent in ``_parent_<key>`` and its place in the list, from 0, in ``_position``; where the
    parent has no key, it is found by ``_object`` and ``_record``, which both have. Items may have children in turn.
    """

    table: str = ""


class _Rules(GenerateJsonSchema):
    """JSON Schema, and what it does not tell of a type: it has no digits of a decimal, and no times without a zone."""

    def decimal_schema(self, schema: DecimalSchema) -> JsonSchemaValue:
        digits: JsonSchemaValue = {name: schema[name] for name in ("max_digits", "decimal_places") if name in schema}
        return {**super().decimal_schema(schema), **digits}

    def datetime_schema(self, schema: DatetimeSchema) -> JsonSchemaValue:
        return {**super().datetime_schema(schema), "zone": schema.get("tz_constraint")}


def fingerprint(row: type[BaseModel]) -> str:
    """Return 16 hex digits that change when the fields of *row*, their types or their rules do."""
    schema = json.dumps(row.model_json_schema(schema_generator=_Rules), sort_keys=True)
    return hashlib.sha256(schema.encode()).hexdigest()[:16]
