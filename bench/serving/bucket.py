"""Just enough of S3, in memory: objects written once, read, listed and removed."""

import re
from hashlib import md5
from urllib.parse import unquote
from xml.sax.saxutils import escape

from bench.serving.wire import Request, Response

_KEY = re.compile(rb"<Key>([^<]*)</Key>")


class Bucket:
    """One bucket, whatever its name."""

    def __init__(self) -> None:
        self._objects: dict[str, bytes] = {}

    def answer(self, request: Request) -> Response:
        """Do what *request* says, as S3 does."""
        _, _, key = unquote(request.path).lstrip("/").partition("/")
        match request.method:
            case "PUT":
                return self._put(key, request)
            case "POST":
                return self._delete(request.body)
            case "HEAD" | "GET" if key:
                return self._get(key, head=request.method == "HEAD")
            case _:
                return self._list(request.query.get("prefix", ""), request.query.get("delimiter", ""))

    def _put(self, key: str, request: Request) -> Response:
        if key in self._objects and request.headers.get("if-none-match") == "*":
            return _error(412, "PreconditionFailed")
        self._objects[key] = request.body
        return Response(headers={"ETag": _etag(request.body)})

    def _get(self, key: str, *, head: bool) -> Response:
        body = self._objects.get(key)
        if body is None:
            return _error(404, "NoSuchKey")
        about = {"ETag": _etag(body), "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
        if head:
            return Response(headers={**about, "Content-Length": str(len(body))})
        return Response([body], headers=about)

    def _delete(self, wanted: bytes) -> Response:
        keys = [key.decode() for key in _KEY.findall(wanted)]
        for key in keys:
            self._objects.pop(key, None)
        return _xml(f"<DeleteResult>{''.join(f'<Deleted><Key>{key}</Key></Deleted>' for key in keys)}</DeleteResult>")

    def _list(self, prefix: str, delimiter: str) -> Response:
        below = sorted(key for key in self._objects if key.startswith(prefix))
        ends = {key: key.find(delimiter, len(prefix)) if delimiter else -1 for key in below}
        folders = {key[: end + 1] for key, end in ends.items() if end >= 0}
        found = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(self._objects[key])}</Size>"
            "<LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>x</ETag></Contents>"
            for key, end in ends.items()
            if end < 0
        )
        common = "".join(f"<CommonPrefixes><Prefix>{escape(one)}</Prefix></CommonPrefixes>" for one in sorted(folders))
        about = f"<Name>bench</Name><Prefix>{escape(prefix)}</Prefix><IsTruncated>false</IsTruncated>"
        return _xml(f"<ListBucketResult>{about}{found}{common}</ListBucketResult>")


def _etag(body: bytes) -> str:
    return f'"{md5(body[:64], usedforsecurity=False).hexdigest()}"'


def _error(status: int, code: str) -> Response:
    return _xml(f"<Error><Code>{code}</Code><Message>{code}</Message></Error>", status)


def _xml(text: str, status: int = 200) -> Response:
    return Response([text.encode()], status, {"Content-Type": "application/xml"})
