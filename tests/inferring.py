"""Sources written from records, as `minidata add` writes them, without an API."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck

from minidata.core.bodies.payload import at_path, parse
from minidata.core.inference.drafting import Drafting
from minidata.core.inference.drafts import DraftSource
from minidata.core.inference.envelopes import records_path
from minidata.core.inference.imports import WORDS
from minidata.core.inference.paging import FirstPage, pagings
from minidata.core.inference.shapes import shape_of
from minidata.core.inference.streams import Found, drafted
from minidata.core.inference.writing import source_text
from minidata.core.source import Source, Stream

Records = Sequence[Mapping[str, Any]]
# What is hard to be called: keywords, names of the file's own, of a Row's, of Postgres's, and what is no name at all.
NAMES = st.sampled_from([
    *("id", "date", "type", "class", "None", "json", "copy", "schema", "model_config", "model_x", "list", "str", "int"),
    *("dt", "Any", "Row", "source", "ctid", "_object", "_id", "__", "", " ", "+1", "-1", "2024", "a.b", "a b"),
    *("createdAt", "created_at", "CreatedAt", "ID", "UUID", "Item", "items", "things", "Thing", "név", "名前", '"'),
    *("properties", "attributes", "status", "price", "x" * 70, "\ufb01", "updated_at", "# x", "'''", "Field", "\\"),
])  # fmt: skip
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12),
    st.sampled_from(["", "2024-02-30", "2024-02-29", "2024-02-29T12:00:00Z", "2024-02-29T12:00:00", "12.50", "open"]),
    st.sampled_from(["0001-01-01T00:00:00+12:00", "9999-12-31T23:59:59-05:00", "2024-02-29 24:00:00", "closed"]),
    st.uuids().map(str),
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.dates().map(lambda day: day.isoformat()),
)
NUMBERS = st.one_of(
    st.integers(-3, 3), st.integers(-(10**30), 10**30), st.floats(allow_nan=False, allow_infinity=False)
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6
)
RECORDS = st.lists(
    st.dictionaries(NAMES | st.text(max_size=3).filter(str.isprintable), VALUES, min_size=1, max_size=6),
    min_size=1,
    max_size=6,
)
# Deep documents take long to make, and many are given up on the way.
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


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


def said_by_ruff(text: str, arguments: list[str]) -> str:
    """What ruff has against *text*, by its own defaults: as it is run in a project that says nothing of it."""
    ruff = Path(sys.executable).parent / "ruff"
    command = [str(ruff), *arguments, "--isolated", "--quiet", "--stdin-filename", "sources/shop.py", "-"]
    # Elsewhere: here ruff would find minidata, and take it for the user's own package.
    done = subprocess.run(command, cwd="/", input=text.encode(), capture_output=True, check=False)
    return (done.stdout + done.stderr).decode() if done.returncode else ""
