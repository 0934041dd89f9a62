"""Looking into the schemas that pydantic-core has of a Row."""

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]
HOLDERS = frozenset({
    "schema", "items_schema", "keys_schema", "values_schema", "choices", "steps", "fields", "definitions",
    "lax_schema", "strict_schema", "json_schema", "python_schema", "extras_schema", "variadic_item_index",
})  # fmt: skip

URLS = frozenset({"url", "multi-host-url"})
_MAKERS = frozenset({"function-after", "function-wrap", "function-plain", "call", "is-instance"})


def is_plain(model: Schema) -> bool:
    """Whether *model* is nothing but its fields, so that a dict of them says the same."""
    inner = model["schema"]
    return (
        inner["type"] == "model-fields"
        and not inner.get("computed_fields")
        and not model.get("custom_init")
        and not model.get("root_model")
        and not model.get("post_init")
        and not _asks_for_info(inner)
    )


def makes_values(schema: Schema) -> bool:
    """
    Return whether there is in *schema* what may make any value: code of the user's, or a conversion that is not strict.

    No rule looks at such a value again.
    """
    kind = schema["type"]
    if schema.get("strict") is False or schema.get("config", {}).get("strict") is False:
        return True
    if kind == "lax-or-strict" or (kind == "function-wrap" and schema["schema"]["type"] in URLS):
        return False
    if kind in _MAKERS or "default_factory" in schema or (kind == "model" and not is_plain(schema)):
        return True
    return any(map(makes_values, _within(schema)))


def _asks_for_info(schema: Schema) -> bool:
    """Whether a validator in *schema* wants to see the fields before its own."""
    function = schema.get("function")
    if isinstance(function, dict) and function["type"] == "with-info":
        return True
    return any(map(_asks_for_info, _within(schema)))


def _within(schema: Schema) -> Iterator[Schema]:
    """Yield the schemas that *schema* is made of."""
    return _flat([value for key, value in schema.items() if key in HOLDERS])


def _flat(value: Any) -> Iterator[Schema]:
    if isinstance(value, dict) and isinstance(value.get("type"), str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _flat(inner)
