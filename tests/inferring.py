"""Sources written from records, as `minidata add` writes them, without an API."""

import json
import sys
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from minidata.core.inference.drafting import Drafting
from minidata.core.inference.drafts import DraftSource
from minidata.core.inference.envelopes import records_path
from minidata.core.inference.imports import WORDS
from minidata.core.inference.paging import FirstPage, pagings
from minidata.core.inference.shapes import shape_of
from minidata.core.inference.streams import Found, drafted
from minidata.core.inference.writing import source_text
from minidata.core.payload import at_path, parse
from minidata.core.source import Source, Stream

Records = Sequence[Mapping[str, Any]]


def exact(value: Any) -> Any:
    """*value* as it comes out of a body."""
    return parse(json.dumps(value).encode())


def written(*tables: Records, name: str = "things") -> str:
    """The file for Streams of *tables*."""
    drafting = Drafting(set(WORDS))
    found = [_found(f"{name}_{number}" if number else name, exact(table)) for number, table in enumerate(tables)]
    streams = tuple(drafted(one, drafting) for one in found)
    return source_text(DraftSource("shop", "https://api.example.com/v1", "https://api.example.com/v1/things", streams))


def written_for(document: Any, **page: Any) -> str:
    """The file for one Stream that answers with *document*."""
    body = exact(document)
    at = records_path(body)
    seen = at_path(body, at)
    first = FirstPage(body, at, len(seen), **page)
    found = Found("things", "/things", first.params, frozenset(), at, shape_of(seen), seen, pagings(first)[0], "")
    return source_text(
        DraftSource("shop", "https://api.example.com/v1", "https://x", (drafted(found, Drafting(set(WORDS))),))
    )


def source_in(text: str) -> Source:
    """The Source that the file *text* defines."""
    module = ModuleType("written")
    sys.modules["written"] = module
    exec(compile(text, "written.py", "exec"), vars(module))  # noqa: S102 - that is what it is for
    source = module.source
    assert isinstance(source, Source)
    return source


def stream_in(text: str) -> Stream:
    """The one Stream of the Source that the file *text* defines."""
    (stream,) = source_in(text).streams
    return stream


def _found(name: str, records: Sequence[Any]) -> Found:
    (way,) = pagings(FirstPage(records, "", len(records)))
    return Found(name, f"/{name}", {}, frozenset(), "", shape_of(records), records, way, f"A record of {name}.")
