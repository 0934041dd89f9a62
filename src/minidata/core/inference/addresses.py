"""The address that a person gives: whether it will do, and what of it goes where in a Source."""

import re
from urllib.parse import parse_qsl, urldefrag, urlsplit, urlunsplit

from minidata.core.errors import ConfigError
from minidata.core.exchange import Params
from minidata.core.fetching.addresses import BadAddress, origin_of

_SECRETIVE = re.compile(
    r"(?i)(.*[_.-])?(api_?-?key|key|token|secret|password|passwd|pwd|appid|app_id|app_key|signature|sig|auth|apitoken)\Z"
)
_VERSION = re.compile(r"v\d+(\.\d+)*\Z|api\Z|rest\Z", re.IGNORECASE)
_DOCUMENT = re.compile(r"\.ya?ml\Z|(openapi|swagger|api-docs)(\.json)?\Z", re.IGNORECASE)


def checked_address(url: str) -> str:
    """
    Return *url* without a fragment; raise ConfigError when it is no address of an API.

    One with a credential in it is refused, in words that do not repeat it: it would end up in the file.
    """
    try:
        origin_of(url)
    except BadAddress as exc:
        raise ConfigError(f"the address {exc}", hint="it must be http(s)://host/…, as a browser shows it") from None
    for name, value in parse_qsl(urlsplit(url).query):
        if value and _SECRETIVE.match(name):
            raise ConfigError(
                f"the address has what may be a secret in it: {name}=",
                hint=f"leave it out, run `minidata secrets set NAME`, and say --param {name}=NAME",
            )
    return urldefrag(url).url


def split_query(url: str) -> tuple[str, Params]:
    """
    Return *url* without its query, and the query's parameters, whole numbers as such.

    A parameter that comes twice cannot be said of a Stream: then the query stays in the address.
    """
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    params = {
        name: int(value) if value == "0" or re.match(r"[1-9]\d{0,17}\Z", value) else value for name, value in pairs
    }
    return (urlunsplit(parts._replace(query="")), params) if len(params) == len(pairs) else (url, {})


def split_path(url: str) -> tuple[str, str]:
    """Return the base URL, up to a version if *url* has one, and the path of the one endpoint at *url*."""
    parts = urlsplit(url)
    words = parts.path.split("/")
    versions = [place for place, word in enumerate(words[:-1]) if _VERSION.match(word)]
    cut = versions[-1] + 1 if versions else 1
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc}{'/'.join(words[:cut])}", f"/{'/'.join(words[cut:])}{query}"


def is_of_document(url: str) -> bool:
    """Return whether *url* looks like that of a document about an API, and not like the API's own."""
    return bool(_DOCUMENT.search(urlsplit(url).path))
