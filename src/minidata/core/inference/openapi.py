"""What an OpenAPI 3 document says is there: the endpoints that list records, and the Shape of their records."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urljoin

import yaml

from minidata.core.bodies.payload import at_path
from minidata.core.exchange import Params
from minidata.core.inference.envelopes import NoRecords, records_path
from minidata.core.inference.naming import stream_name
from minidata.core.inference.schemas import Schema, Schemas, list_of, mapping_of
from minidata.core.inference.shapes import Shape
from minidata.core.wording import excerpt

# A page is asked for that is as large as the API allows, within reason.
_LARGEST = 1_000
_GOOD = ("200", "2XX", "2xx", "206", "default")


class NotUsable(ValueError):
    """A document that cannot be used; the message ends a sentence that begins with its address."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """
    One GET that lists records: *records* is their path in an answer like *example*, which *schema* describes.

    *params* must be sent, *takes* are all that may be, with the whole numbers that they begin with.
    """

    name: str
    path: str
    about: str
    records: str
    example: Any
    schema: Schema
    params: Params
    takes: Mapping[str, int | None]


@dataclass(frozen=True)
class Document:
    """An OpenAPI 3 document as it was read."""

    content: Mapping[str, Any]

    @cached_property
    def _schemas(self) -> Schemas:
        return Schemas(self.content)

    @property
    def title(self) -> str:
        """What the API calls itself."""
        return excerpt(str(at_path(self.content, "info.title") or ""), 80)

    def base_url(self, url: str) -> str:
        """Return the address of the API that the document at *url* is about."""
        server = next((one for one in list_of(self.content, "servers") if isinstance(one, dict)), {})
        address = str(server.get("url") or "/")
        for name, variable in mapping_of(server, "variables").items():
            if isinstance(variable, dict):
                address = address.replace(f"{{{name}}}", str(variable.get("default", "")))
        return urljoin(url, address).rstrip("/")

    @cached_property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Every GET that answers with a list of objects and needs nothing that must come from somewhere else."""
        found: dict[str, Endpoint] = {}
        for path, item in self._paths():
            endpoint = self._endpoint(path, item, found)
            if endpoint:
                found[endpoint.name] = endpoint
        return tuple(found.values())

    def shape(self, endpoint: Endpoint) -> Shape:
        """Return the Shape of the records of *endpoint*."""
        return self._schemas.records(endpoint.schema, endpoint.records)

    @cached_property
    def closed(self) -> Mapping[str, str]:
        """The paths of GETs that were passed over although they list records, and why."""
        return {
            path: "its path has a parameter"
            for path, item in self._paths()
            if "{" in path and self._listing(item["get"]) is not None
        }

    def _paths(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for path, item in mapping_of(self.content, "paths").items():
            resolved = self._schemas.resolved(item)
            if isinstance(resolved.get("get"), dict):
                yield str(path), resolved

    def _endpoint(self, path: str, item: Mapping[str, Any], taken: Mapping[str, Endpoint]) -> Endpoint | None:
        listing = None if "{" in path else self._listing(item["get"])
        if listing is None:
            return None
        schema, records, example = listing
        parameters = [
            self._schemas.resolved(one) for one in (*list_of(item, "parameters"), *list_of(item["get"], "parameters"))
        ]
        query = {str(one.get("name")): one for one in parameters if one.get("in") == "query"}
        about = item["get"].get("summary") or item["get"].get("description") or ""
        return Endpoint(
            name=_unlike(stream_name(path), taken),
            path=path,
            about=excerpt(str(about)),
            records=records,
            example=example,
            schema=schema,
            params={name: value for name, one in query.items() if (value := self._needed(one)) is not None},
            takes={name: self._begin(name, one) for name, one in query.items()},
        )

    def _listing(self, operation: Mapping[str, Any]) -> tuple[Mapping[str, Any], str, Any] | None:
        """Return the schema of what *operation* answers, where its records are, and an example; None for no list."""
        responses = mapping_of(operation, "responses")
        for status in _GOOD:
            for kind, media in mapping_of(self._schemas.resolved(responses.get(status)), "content").items():
                if "json" in str(kind) and isinstance(media, dict) and isinstance(media.get("schema"), dict):
                    example = self._schemas.example(media["schema"])
                    try:
                        return media["schema"], records_path(example), example
                    except NoRecords:
                        return None
        return None

    def _needed(self, parameter: Mapping[str, Any]) -> str | int | None:
        """Return what to send for a parameter that must be sent, as far as the document tells; None for others."""
        if not parameter.get("required"):
            return None
        schema = self._schemas.resolved(parameter.get("schema"))
        told = (parameter.get("example"), schema.get("example"), schema.get("default"), *list_of(schema, "enum"))
        return next((one for one in told if isinstance(one, str | int) and not isinstance(one, bool)), None)

    def _begin(self, name: str, parameter: Mapping[str, Any]) -> int | None:
        """Return the number that a parameter begins with; for one that says a page's size, the largest up to 1,000."""
        schema = self._schemas.resolved(parameter.get("schema"))
        largest, default = schema.get("maximum"), schema.get("default")
        if type(largest) is int and 0 < largest <= _LARGEST and name not in {"page", "offset"}:
            return largest
        return default if type(default) is int else None


def read_document(body: bytes) -> Document | None:
    """
    Return the OpenAPI 3 document in *body*, JSON or YAML; None when it is something else.

    Raises NotUsable for one of another version.
    """
    content = _content(body)
    if not isinstance(content, dict) or not {"openapi", "swagger"} & content.keys():
        return None
    if not str(content.get("openapi", "")).startswith("3."):
        raise NotUsable("is a description of the API of another kind than OpenAPI 3")
    return Document(content)


def _content(body: bytes) -> Any:
    if body.lstrip()[:1] in {b"{", b"["}:
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            return None
    if b"openapi" not in body and b"swagger" not in body:
        return None
    try:
        return yaml.safe_load(body)
    except (yaml.YAMLError, RecursionError, ValueError):
        return None


def _unlike(name: str, taken: Mapping[str, Any]) -> str:
    number, unique = 2, name
    while unique in taken:
        unique = f"{name}_{number}"
        number += 1
    return unique
