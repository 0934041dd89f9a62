"""Row: the class whose fields are a table's columns."""

import hashlib
import json

from pydantic import BaseModel, ConfigDict


class Row(BaseModel):
    """
    One validated record; its fields are the table's columns, in their order.

    Types are strict: ``"12"`` is no int. Where JSON has no type of its own the usual text is taken: ISO 8601 for dates,
    times and intervals, a decimal or a number for Decimal, text for UUIDs, addresses and URLs. Fields that an API sends
    and the Row does not name are left in the raw object. A Row or a field may say ``strict=False``.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


def fingerprint(row: type[BaseModel]) -> str:
    """Return 16 hex digits that change when the fields of *row*, their types or their rules do."""
    schema = json.dumps(row.model_json_schema(), sort_keys=True)
    return hashlib.sha256(schema.encode()).hexdigest()[:16]
