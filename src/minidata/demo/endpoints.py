"""
From a request to its reply: what the API promises, without a network.

    GET /v1/customers   page, per_page, updated_since   {"data": […], "page": 1, "total": 625}
    GET /v1/products                                    {"data": […]}
    GET /v1/orders      cursor, limit, updated_since, updated_before
                                                        {"data": […], "next_cursor": "…" or null}
    GET /v1/refunds     after, limit                    {"data": […], "next": an address or null}

Every request needs the key in the header X-Api-Key. Every 200 has a strong ETag; If-None-Match may be
answered with 304.
"""

import gzip
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from http import HTTPStatus
from itertools import islice
from typing import Any
from urllib.parse import urlencode

import orjson

from minidata.demo.listing import Listings
from minidata.demo.params import Params, Refused, cursor_of
from minidata.demo.records import START, DemoShop

PREFIX = "/v1"
KEY_HEADER = "X-Api-Key"

_WORTH_ZIPPING = 1_024
_NOT_WANTED = re.compile(r"q=0(\.0{0,3})?\Z")


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked: *target* is path and query as sent, *headers* have lower-case names, *origin* is who we are."""

    method: str
    target: str
    headers: Mapping[str, str]
    origin: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered."""

    status: HTTPStatus
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Endpoints:
    """The API of one *shop*, for who has the *api_key*. Answers any number of requests at the same time."""

    shop: DemoShop
    api_key: str = field(repr=False)
    compress: bool = True

    def reply(self, request: Request) -> Reply:
        """Return the reply to *request*; whatever was asked, there is one."""
        try:
            self._check_key(request.headers.get(KEY_HEADER.lower()))
            body = self._answer(request)
        except Refused as exc:
            return error(exc.status, exc.code, str(exc), exc.headers)
        return self._reply(body, request)

    def _reply(self, body: bytes, request: Request) -> Reply:
        zips = self.compress and len(body) >= _WORTH_ZIPPING and _accepts_gzip(request.headers)
        # A strong ETag stands for the very bytes that are sent, so the zipped ones have another.
        etag = f'"{blake2b(body, digest_size=16).hexdigest()}{"-gzip" * zips}"'
        headers = {"ETag": etag, "Vary": "Accept-Encoding"}
        if _matches(request.headers.get("if-none-match"), etag):
            return Reply(HTTPStatus.NOT_MODIFIED, headers=headers)
        headers["Content-Type"] = "application/json"
        if not zips:
            return Reply(HTTPStatus.OK, body, headers)
        zipped = gzip.compress(body, compresslevel=1, mtime=0)
        return Reply(HTTPStatus.OK, zipped, {**headers, "Content-Encoding": "gzip"})

    def _check_key(self, key: str | None) -> None:
        if not key:
            message = f"send your API key in the header {KEY_HEADER}"
            raise Refused(HTTPStatus.UNAUTHORIZED, "missing_api_key", message, {"WWW-Authenticate": "ApiKey"})
        if not hmac.compare_digest(key.encode(), self.api_key.encode()):
            raise Refused(HTTPStatus.FORBIDDEN, "wrong_api_key", "this API key is not one of ours")

    def _answer(self, request: Request) -> bytes:
        path, _, query = request.target.partition("?")
        endpoint = self._by_path.get(path)
        if endpoint is None:
            raise Refused(HTTPStatus.NOT_FOUND, "not_found", f"there is no {path}, see {', '.join(self._by_path)}")
        if request.method not in {"GET", "HEAD"}:
            message = f"{request.method} is not allowed here"
            raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed", message, {"Allow": "GET, HEAD"})
        document = endpoint(Params(query), request.origin + path)
        return orjson.dumps(document, option=orjson.OPT_UTC_Z)

    @cached_property
    def _by_path(self) -> Mapping[str, Callable[[Params, str], dict[str, Any]]]:
        return {
            f"{PREFIX}/customers": self._customers,
            f"{PREFIX}/products": self._products,
            f"{PREFIX}/orders": self._orders,
            f"{PREFIX}/refunds": self._refunds,
        }

    @cached_property
    def _listings(self) -> Listings:
        return Listings.of(self.shop)

    def _customers(self, params: Params, _: str) -> dict[str, Any]:
        page, size, since = params.whole("page", 1), params.size("per_page"), params.instant("updated_since")
        params.done()
        customers, start = self._listings.customers, (page - 1) * size
        if since is None:
            return {"data": customers.page(start, size), "page": page, "total": len(customers)}
        found, total = customers.updated_page(since, start, size)
        return {"data": found, "page": page, "total": total}

    def _products(self, params: Params, _: str) -> dict[str, Any]:
        params.done()
        return {"data": self._listings.products.page(0, len(self._listings.products))}

    def _orders(self, params: Params, _: str) -> dict[str, Any]:
        start, size = params.cursor("cursor"), params.size("limit")
        since, before = params.instant("updated_since"), params.instant("updated_before")
        params.done()
        orders = self._listings.orders
        listed = orders.updated(since or START, start, before) if since or before else orders.walk(start)
        found = list(islice(listed, size + 1))
        more = cursor_of(found[size][0]) if len(found) > size else None
        return {"data": [record for _, record in found[:size]], "next_cursor": more}

    def _refunds(self, params: Params, address: str) -> dict[str, Any]:
        start, size = params.whole("after", 0, least=0), params.size("limit")
        params.done()
        refunds, end = self._listings.refunds, start + size
        more = f"{address}?{urlencode({'after': end, 'limit': size})}" if end < len(refunds) else None
        return {"data": refunds.page(start, size), "next": more}


def error(status: HTTPStatus, code: str, message: str, headers: Mapping[str, str] | None = None) -> Reply:
    """Return a reply that says what is wrong, as JSON."""
    body = json.dumps({"error": {"code": code, "message": message}}).encode()
    return Reply(status, body, {"Content-Type": "application/json", **(headers or {})})


def _matches(if_none_match: str | None, etag: str) -> bool:
    """Whether a client has what it would get; the comparison is the weak one, as RFC 9110 (13.1.2) wants it."""
    known = [one.strip().removeprefix("W/") for one in (if_none_match or "").split(",")]
    return "*" in known or etag in known


def _accepts_gzip(headers: Mapping[str, str]) -> bool:
    for one in headers.get("accept-encoding", "").lower().split(","):
        coding, _, weight = one.replace(" ", "").partition(";")
        if coding in {"gzip", "*"}:
            return not _NOT_WANTED.match(weight)
    return False
