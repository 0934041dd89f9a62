"""JSON without secrets, which is still JSON."""

from typing import Any

from pydantic_core import to_json, to_jsonable_python

from minidata.core.secrecy.secrets import Redactor


def masked_json(value: Any, redact: Redactor) -> str:
    """Return *value*, facts and what they are made of, as one line of JSON with the secrets masked."""
    text = to_json(value, fallback=str).decode()
    if redact(text) == text:
        return text
    # Text by text: a secret may look like a number, or have quotes, and then the whole would be no JSON any more.
    return to_json(_masked(to_jsonable_python(value, fallback=str), redact)).decode()


def _masked(value: Any, redact: Redactor) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, list):
        return [_masked(one, redact) for one in value]
    if isinstance(value, dict):
        return {redact(key): _masked(one, redact) for key, one in value.items()}
    return value
