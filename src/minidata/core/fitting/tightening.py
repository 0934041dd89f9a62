"""
What a Row accepts, made as strict as the column it goes to.

A Row's own schema (pydantic-core's) is walked once and rewritten, so that validating the Python values that the exact
parser made follows the rules of JSON: text stands for dates, decimals, UUIDs; a number never stands for a text, nor a
text for a number; nothing that Postgres would refuse, round or reinterpret gets through. Records come out as dicts of
the Row's fields, which costs half of what building instances costs; a Row with validators of the whole model still
gets its instance.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import IPvAnyAddress, IPvAnyInterface, IPvAnyNetwork

from minidata.core.fitting.exact_numbers import BIGINT, decimal_or_text, exact_decimal, exact_float
from minidata.core.fitting.exact_texts import as_sent, exact_json, one_of_its_kind, text_only, without_zone
from minidata.core.fitting.exact_times import DATE_TEXT, DATETIME_TEXT, EXPECTED, INSTANT_TEXT, INTERVAL_TEXT, TIME_TEXT
from minidata.core.fitting.schemas import HOLDERS, URLS, Schema, is_plain


def tightened(schema: Mapping[str, Any]) -> Schema:
    """Return pydantic-core's *schema* of a Row with the strictness of its columns."""
    return _Tightener().walk(dict(schema), _At(strict=True, column=True))


class _At(NamedTuple):
    """
    Where in a schema we are.

    *strict* is the model's setting, *column* whether this becomes a column of its own, *seen* whether a validator of
    the user's looks at what comes out, and so must see instances of its models and not dicts.
    """

    strict: bool
    column: bool
    seen: bool = False


class _Tightener:
    def walk(self, schema: Schema, at: _At) -> Schema:
        """Rewrite one node and all inside it."""
        own = at._replace(strict=schema.get("strict", at.strict))
        rewrite = getattr(self, "_" + schema["type"].replace("-", "_"), None)
        if rewrite is not None:
            rewritten: Schema = rewrite(schema, own)
            return rewritten
        return self._inside(schema, at._replace(column=False))

    def _inside(self, schema: Schema, at: _At) -> Schema:
        """Rewrite whatever schemas *schema* holds, and nothing of itself."""
        return {key: self._value(value, at) if key in HOLDERS else value for key, value in schema.items()}

    def _value(self, value: Any, at: _At) -> Any:
        if isinstance(value, dict) and isinstance(value.get("type"), str):
            return self.walk(value, at)
        if isinstance(value, dict):
            return {k: self._value(v, at) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self._value(v, at) for v in value)
        return value

    # Nodes that only wrap: the column is inside.

    def _passed(self, schema: Schema, at: _At) -> Schema:
        return self._inside(schema, at)

    _nullable = _default = _function_before = _definitions = _chain = _passed

    def _looked_at(self, schema: Schema, at: _At) -> Schema:
        if schema["schema"]["type"] in URLS:
            return self._url_class(schema, at)
        return self._inside(schema, at._replace(seen=True))

    _function_after = _function_wrap = _looked_at

    # Models.

    def _model(self, schema: Schema, at: _At) -> Schema:
        config = dict(schema.get("config", {}))
        # A model in a list may be a table of its own.
        at = at._replace(strict=config.pop("strict", True) is not False, column=True)
        inner = schema["schema"]
        if is_plain(schema) and not at.seen:
            return self._typed_dict_of(inner, config, schema.get("ref"), at)
        walked = self.walk(inner, at._replace(seen=True))
        return {**schema, "config": {**config, "strict": False}, "strict": False, "schema": walked}

    def _model_fields(self, schema: Schema, at: _At) -> Schema:
        fields = {name: {**field, "schema": self.walk(field["schema"], at)} for name, field in schema["fields"].items()}
        return {**schema, "fields": fields}

    def _typed_dict_of(self, inner: Schema, config: Schema, ref: str | None, at: _At) -> Schema:
        fields = {
            name: {
                "type": "typed-dict-field",
                "schema": self.walk(field["schema"], at),
                "required": field["schema"]["type"] != "default",
                **({"validation_alias": field["validation_alias"]} if "validation_alias" in field else {}),
            }
            for name, field in inner["fields"].items()
        }
        extra = config.pop("extra_fields_behavior", None) or "ignore"
        config.pop("title", None)
        named = {"ref": ref} if ref else {}
        return {
            "type": "typed-dict",
            "fields": fields,
            "extra_behavior": extra,
            "config": config,
            **named,
        }

    # Scalars.

    def _int(self, schema: Schema, at: _At) -> Schema:
        bounds = (
            {}
            if not at.column
            else {
                **({} if "ge" in schema or "gt" in schema else {"ge": BIGINT[0]}),
                **({} if "le" in schema or "lt" in schema else {"le": BIGINT[1]}),
            }
        )
        return {**schema, **bounds, "strict": at.strict}

    def _str(self, schema: Schema, at: _At) -> Schema:
        return {**schema, "strict": at.strict}

    _bool = _str

    def _float(self, schema: Schema, at: _At) -> Schema:
        return _before(exact_float, {**schema, "allow_inf_nan": False, "strict": at.strict})

    def _decimal(self, schema: Schema, at: _At) -> Schema:  # noqa: ARG002 - one signature for all
        # What pydantic counts the digits of cannot be out of range: the dearest look at a number is left out.
        counted = "max_digits" in schema and "decimal_places" in schema
        exact = decimal_or_text if counted else exact_decimal
        return _before(exact, {**schema, "allow_inf_nan": False, "strict": False})

    def _datetime(self, schema: Schema, at: _At) -> Schema:
        if schema.get("tz_constraint") == "naive":
            return _text_or_instance(schema, DATETIME_TEXT, "bad_datetime", at)
        # A plain datetime is an instant too: without its zone it would mean another one on another machine.
        return _text_or_instance({**schema, "tz_constraint": "aware"}, INSTANT_TEXT, "bad_instant", at)

    def _date(self, schema: Schema, at: _At) -> Schema:
        return _text_or_instance(schema, DATE_TEXT, "bad_date", at)

    def _time(self, schema: Schema, at: _At) -> Schema:
        return _text_or_instance(schema, TIME_TEXT, "bad_time", at)

    def _timedelta(self, schema: Schema, at: _At) -> Schema:
        return _text_or_instance(schema, INTERVAL_TEXT, "bad_interval", at)

    def _lax(self, schema: Schema, at: _At) -> Schema:
        """JSON has no such type, so its text (or its array) is taken."""
        return {**self._inside(schema, at), "strict": False}

    _uuid = _bytes = _url = _multi_host_url = _lax

    def _url_class(self, schema: Schema, at: _At) -> Schema:
        """Keep the text as it was sent, unless a validator looks at it: it gets pydantic's, which is normalised."""
        inside = self._inside(schema, at)
        return inside if at.seen else _around(as_sent, inside)

    def _enum(self, schema: Schema, at: _At) -> Schema:
        return self._named(self._lax(schema, at), [member.value for member in schema["members"]], at)

    def _literal(self, schema: Schema, at: _At) -> Schema:
        return self._named(schema, [getattr(value, "value", value) for value in schema["expected"]], at)

    def _named(self, schema: Schema, values: list[Any], at: _At) -> Schema:
        # No text is equal to anything else.
        loose = at.strict and not all(isinstance(value, str) for value in values)
        return _before(one_of_its_kind(values), schema) if loose else schema

    def _json(self, schema: Schema, at: _At) -> Schema:
        """JSON inside a text, which pydantic would read with less care."""
        inner = schema.get("schema", {"type": "any"})
        return _before(exact_json, self.walk(inner, at._replace(column=False)))

    def _elements(self, schema: Schema, at: _At) -> Schema:
        return self._lax(schema, at._replace(column=False))

    _list = _set = _frozenset = _tuple = _elements

    def _lax_or_strict(self, schema: Schema, at: _At) -> Schema:
        """Of pydantic's own types these are the IP addresses: their text is taken, a number or packed bytes are not."""
        return _before(without_zone if at.column else text_only, self._lax(schema, at))

    def _function_plain(self, schema: Schema, at: _At) -> Schema:
        if getattr(schema["function"]["function"], "__self__", None) in _ANY_ADDRESS:
            return self._lax_or_strict(schema, at)
        return self._inside(schema, at)


_ANY_ADDRESS = (IPvAnyAddress, IPvAnyInterface, IPvAnyNetwork)
_NO_ROUNDING: Mapping[str, Any] = {"microseconds_precision": "error"}


def _before(function: Any, schema: Schema) -> Schema:
    return {
        "type": "function-before",
        "function": {"type": "no-info", "function": function},
        "schema": schema,
    }


def _around(function: Any, schema: Schema) -> Schema:
    return {"type": "function-wrap", "function": {"type": "no-info", "function": function}, "schema": schema}


def _text_or_instance(schema: Schema, pattern: str, error: str, at: _At) -> Schema:
    """Take the text that *pattern* describes, or what a validator of the user's has made of the value."""
    if not at.strict:
        return {**schema, "strict": False, **_NO_ROUNDING}
    text = {"type": "str", "strict": True, "pattern": pattern}
    return {
        "type": "union",
        "mode": "left_to_right",
        "choices": [
            {"type": "chain", "steps": [text, {**schema, "strict": False}]},
            {**schema, "strict": True},
        ],
        "custom_error_type": error,
        "custom_error_message": f"Input should be {EXPECTED[error]}",
    }
