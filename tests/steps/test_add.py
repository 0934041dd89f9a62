"""A Source in one command: written from what a real server answers, and loaded as it stands."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT, SHARED_DATA
from datasettes import ROWS, serving_datasette
from faults import FaultServer, Heard, Onlooker, Saying, TurnedClock, fault_server, said, said_json
from loading import rows
from minidata.adapters.project import Project
from minidata.core.auths import ApiKey, Bearer
from minidata.core.errors import ConfigError, MinidataError, RefusedError, SourceError, UnknownName
from minidata.core.pages import LinkHeader, NextCursor, NextUrl, Offset, PageNumber, SinglePage
from minidata.core.source import Cursor, Stream
from minidata.demo.server import DemoApi, DemoShop, serve
from minidata.sources import SOURCES
from minidata.steps.add import Added, add
from minidata.steps.adding.finding import Wanted
from minidata.steps.ingest import ingest
from minidata.steps.load import load
from minidata.steps.stored import newest_manifest, store_of
from minidata.steps.up import up

KEY = "a-key-nobody-must-see"
BIN = Path(sys.executable).parent
DEMO_KEY = ApiKey(header="X-Api-Key", secret="SHOP_API_KEY")
SHOP = DemoShop(orders=1_500, flaws=False)
PETS = (ROOT / "tests" / "data" / "pets_openapi.yaml").read_bytes()
FOUND = [{"id": number, "name": f"n{number}"} for number in range(1, 6)]


@pytest.fixture
def here(tmp_path: Path) -> Project:
    """An empty project without a database."""
    (tmp_path / "minidata.toml").touch()
    return Project(tmp_path, environ={"SHOP_API_KEY": KEY})


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with fault_server() as server:
        yield server


@pytest.fixture(scope="module")
def shop() -> Iterator[DemoApi]:
    with serve(SHOP, api_key=KEY) as api:
        yield api


def added(project: Project, url: str, **wanted: Any) -> Added:
    return add(project, SOURCES, Wanted(url, **{"name": "acme", **wanted}), clock=TurnedClock(), watch=Onlooker())


def stream_of(project: Project, stream: str, name: str = "acme") -> Stream:
    return Project(project.root).sources[name].stream(stream)


def source_text(project: Project, name: str = "acme") -> str:
    return (project.root / "sources" / f"{name}.py").read_text()


def check_loads(project: Project, count: int, *, name: str = "acme") -> None:
    """What `add` kept is loaded, then all there is; nothing is quarantined."""
    up(project)
    sources = dict(Project(project.root).sources)
    seen = load(project, sources, source=name)
    assert (seen.counts.quarantined, seen.counts.loaded > 0) == (0, True)

    assert ingest(project, sources, source=name).failures == ()
    done = load(project, sources, source=name)

    assert done.counts.quarantined == 0
    (stream,) = sources[name].streams
    assert rows(project, f"select count(*) from {name}.{stream.name}") == [(count,)]


def told(project: Project, url: str, kind: type[MinidataError], **wanted: Any) -> MinidataError:
    """The error that `add` ends with; it is one line, and nothing is written."""
    with pytest.raises(kind) as caught:
        added(project, url, **wanted)
    assert "\n" not in str(caught.value)
    assert not (project.root / "sources").exists()
    return caught.value


@pytest.mark.parametrize(
    ("endpoint", "pages", "seen"),
    [
        ("customers", PageNumber(size=100, param="page", size_param=None, total="total"), min(SHOP.customers, 200)),
        ("products", SinglePage(), SHOP.products),
        ("orders", NextCursor("next_cursor", "cursor"), 200),
        ("refunds", NextUrl("next"), min(SHOP.refunds, 200)),
    ],
)
def test_the_bundled_api_is_understood(here: Project, shop: DemoApi, endpoint: str, pages: Any, seen: int) -> None:
    facts = added(here, f"{shop.url}/{endpoint}", auth=DEMO_KEY)

    stream = stream_of(here, endpoint)
    assert (stream.pages, stream.keys, stream.records) == (pages, ("id",), "data")
    assert Project(here.root).sources["acme"].auth == DEMO_KEY
    assert [(one.name, one.records, one.misfits) for one in facts.streams] == [(endpoint, seen, 0)]
    assert KEY not in source_text(here)
    ours = {column.name: column.type.partition("(")[0] for column in SOURCES["shop"].stream(endpoint).columns}
    assert {column.name: column.type for column in stream.columns} == ours


def test_orders_of_the_bundled_api_are_loaded(project: Project, shop: DemoApi) -> None:
    project = replace(project, environ={**project.environ, "SHOP_API_KEY": KEY})
    added(project, f"{shop.url}/orders?limit=500", auth=DEMO_KEY)

    check_loads(project, 1_500)


def test_the_earthquakes_of_a_week_are_loaded(project: Project, server: FaultServer) -> None:
    path = SHARED_DATA / "usgs_all_week.geojson"
    if not path.exists():
        pytest.skip("the recorded feed lies beside the project, and is not in every clone")
    server.says(said(path.read_bytes(), headers={"Content-Type": "application/geo+json"}))

    added(project, f"{server.url}/earthquakes/feed/v1.0/summary/all_week.geojson", stream="quakes")

    stream = stream_of(project, "quakes")
    assert (stream.keys, stream.records, stream.pages) == (("id",), "features", SinglePage())
    check_loads(project, 1_707)
    assert rows(project, "select mag, place, mag_type from acme.quakes where id = 'ci37868143'") == [
        (2, "4km W of Castaic, CA", "ml")
    ]


def test_a_datasette_is_loaded(project: Project, tmp_path: Path) -> None:
    with serving_datasette(tmp_path) as url:
        added(project, f"{url}/places/city.json?_shape=objects&_size=100")

        stream = stream_of(project, "city")
        assert (stream.keys, stream.pages) == (("id",), LinkHeader(size=100, size_param="_size"))
        assert stream.params == {"_shape": "objects"}
        check_loads(project, len(ROWS))
    assert rows(project, "select id, name, area, note from acme.city order by id") == ROWS


def test_a_link_header_is_followed_as_in_the_recorded_conversation(here: Project, server: FaultServer) -> None:
    path = SHARED_DATA / "github_paginate_issues.json"
    if not path.exists():
        pytest.skip("the recorded conversation lies beside the project, and is not in every clone")
    pages = [one for one in json.loads(path.read_bytes()) if one["method"].lower() == "get"]
    answers = {one["path"]: _recorded(one, server.url) for one in pages}
    server.says(lambda heard: answers[heard.target])

    facts = added(here, f"{server.url}{pages[0]['path']}")

    stream = stream_of(here, "issues")
    assert (stream.pages, stream.keys, stream.params) == (LinkHeader(size=3), ("id",), {})
    assert [(one.pages, one.records, one.whole, one.misfits) for one in facts.streams] == [(2, 6, False, 0)]
    project = Project(here.root)
    assert ingest(project, project.sources).streams[0].records == 13


def _recorded(one: Mapping[str, Any], url: str) -> bytes:
    headers = dict(zip(one["rawHeaders"][::2], one["rawHeaders"][1::2], strict=True))
    link = next((value for name, value in headers.items() if name.lower() == "link"), "")
    return said_json(one["response"], {"Link": link.replace("https://api.github.com", url)} if link else None)


def paged(heard: Heard) -> Saying:
    """Two records a page, asked by offset; parameters that are not known are refused."""
    if heard.query.keys() - {"offset", "limit"}:
        return said_json({"error": "unknown parameter"}, status=400)
    start = int(heard.query.get("offset", "0"))
    return said_json({"found": FOUND[start : start + 2], "total": len(FOUND)})


def test_of_several_guesses_the_one_that_brings_other_records_is_taken(here: Project, server: FaultServer) -> None:
    server.says(paged)

    added(here, f"{server.url}/things")

    assert stream_of(here, "things").pages == Offset(size=2, param="offset", size_param=None, total="total")
    assert [heard.target for heard in server.heard] == [
        *("/things", "/things?page=1", "/things?offset=0", "/things?offset=2"),
    ]
    assert "tried: a second page came" in source_text(here).replace("\n            # ", " ")


def test_a_guess_that_no_answer_confirms_says_so(here: Project, server: FaultServer) -> None:
    server.says(said_json({"found": FOUND[:2], "total": 5}, {"ETag": '"1"'}))

    facts = added(here, f"{server.url}/things")

    assert "NOT CONFIRMED" in source_text(here)
    assert [(one.pages, one.whole) for one in facts.streams] == [(1, False)]
    kept = newest_manifest(store_of(here), "acme", "things")
    assert kept is not None
    # Or the next ingest could be told that nothing has changed since, and would not ask for the other pages.
    assert [page.etag for page in kept.pages] == [None]


def test_a_page_that_only_moved_on_by_a_record_is_no_second_page(here: Project, server: FaultServer) -> None:
    """An API that does not know the parameter answers with the first page again, and it may have grown meanwhile."""

    def answer(_: Heard) -> Saying:
        newest = {"id": 100 - len(server.heard), "name": "new"}
        return said_json({"found": [newest, *FOUND[:3]], "total": 9})

    server.says(answer)

    added(here, f"{server.url}/things")

    assert "NOT CONFIRMED" in source_text(here)


def test_records_that_are_no_objects_or_come_twice_do_not_mislead(here: Project, server: FaultServer) -> None:
    server.says(said_json([FOUND[0], "what?", None, FOUND[1], FOUND[0]]))

    facts = added(here, f"{server.url}/things")

    assert stream_of(here, "things").keys == ("id",)
    assert [(one.records, one.misfits) for one in facts.streams] == [(5, 2)]


def test_a_cursor_is_set_where_the_next_address_shows_its_parameter(here: Project, server: FaultServer) -> None:
    records = [{"id": number, "modified": f"2026-01-0{number}T00:00:00Z"} for number in range(1, 5)]
    following = {"Link": f'<{server.url}/things?since=&page=2>; rel="next"'}
    server.says(said_json(records[:2], following), said_json(records[2:]))

    facts = added(here, f"{server.url}/things")

    assert stream_of(here, "things").since == Cursor("modified", "since")
    assert facts.streams[0].cursor == "modified"


def test_the_next_ingest_asks_for_everything_also_where_the_first_page_has_not_changed(
    here: Project, server: FaultServer
) -> None:
    def answer(heard: Heard) -> Saying:
        number = int(heard.query.get("page", "1"))
        if "if-none-match" in heard.headers:
            return said(status=304)
        more = {"Link": f'<{server.url}/things?page={number + 1}>; rel="next"'} if number < 4 else {}
        return said_json([{"id": number, "name": "x"}], {"ETag": f'"{number}"', **more})

    server.says(answer)
    facts = added(here, f"{server.url}/things")
    project = Project(here.root)
    kept = newest_manifest(store_of(project), "acme", "things")

    done = ingest(project, project.sources)

    assert kept is not None
    assert (kept.run, len(kept.pages), kept.cursor_after) == (facts.streams[0].run, 2, None)
    assert kept.warnings == ("only the first pages were fetched, 2 of them",)
    assert [(one.pages, one.unchanged) for one in done.streams] == [(4, False)]


def test_first_pages_are_not_kept_where_no_key_would_tell_them_from_those_of_the_next_ingest(
    here: Project, server: FaultServer
) -> None:
    def answer(heard: Heard) -> Saying:
        last = heard.query.get("page", "1") == "3"
        page = [{"colour": "red", "n": heard.target}]
        return said_json({"data": page, "next": None if last else f"/things?page={len(server.heard) + 1}"})

    server.says(answer)
    facts = added(here, f"{server.url}/things")

    assert [(one.key, one.run) for one in facts.streams] == [(None, None)]
    assert newest_manifest(store_of(here), "acme", "things") is None


def pet_shop(heard: Heard) -> Saying:
    """What the document says, and a few things it does not."""
    pets: list[dict[str, Any]] = [
        {
            "id": number,
            "name": f"Pet {number}",
            "status": "sold",
            "price": 12.5,
            "tags": [],
            "chip": None,
            "born": "2020-02-29",
            "updated_at": "2026-01-01T00:00:00Z",
            "nickname": None,
            "owner": None,
        }
        for number in range(1, 8)
    ]
    page, size = int(heard.query.get("page", "1")), int(heard.query.get("per_page", "2"))
    match heard.path:
        case "/spec/openapi.yaml":
            assert "authorization" not in heard.headers
            return said(PETS, headers={"Content-Type": "application/yaml"})
        case "/v1/pets" if heard.query.get("country") == "nl":
            return said_json({"items": pets[(page - 1) * size : page * size], "total": len(pets)})
        case "/v1/owners":
            return said_json({"error": "not for you"}, status=403)
    return said_json({}, status=404)


def test_an_openapi_document_is_used_and_what_is_seen_is_believed_too(here: Project, server: FaultServer) -> None:
    server.says(pet_shop)

    facts = added(here, f"{server.url}/spec/openapi.yaml", stream="pets", auth=Bearer("SHOP_API_KEY"))

    source = Project(here.root).sources["acme"]
    stream = source.stream("pets")
    assert (source.base_url, stream.path, stream.params) == (f"{server.url}/v1", "/pets", {"country": "nl"})
    assert stream.pages == PageNumber(size=3, param="page", size_param="per_page", total="total")
    assert stream.since == Cursor("updated_at", "updated_since")
    columns = {column.name: column for column in stream.columns}
    assert columns["status"].allowed == ("available", "pending", "sold")
    assert columns["name"].comment == "What it answers to."
    assert (columns["born"].type, columns["chip"].type, columns["nickname"].nullable) == ("date", "uuid", True)
    assert [(one.pages, one.records, one.misfits) for one in facts.streams] == [(2, 6, 0)]


def test_all_lists_of_a_document_are_written_also_those_that_cannot_be_tried(
    here: Project, server: FaultServer
) -> None:
    server.says(pet_shop)

    facts = added(here, f"{server.url}/spec/openapi.yaml", every=True)

    assert [one.name for one in Project(here.root).sources["acme"].streams] == ["pets", "owners"]
    assert [(one.name, one.records) for one in facts.streams] == [("pets", 6), ("owners", 0)]
    assert "owners is written as the document has it, and was not tried" in facts.notes[0]
    assert facts.notes[1] == "/pets/{pet_id}/visits was passed over: its path has a parameter"


def test_a_document_with_several_lists_asks_which(here: Project, server: FaultServer) -> None:
    server.says(pet_shop)
    url = f"{server.url}/spec/openapi.yaml"

    error = told(here, url, ConfigError)
    assert str(error) == "the document has several lists: pets (/pets), owners (/owners)"
    assert "--stream" in error.hint
    assert "'pets'" in str(told(here, url, UnknownName, stream="pet"))


def test_what_is_written_satisfies_mypy_and_ruff(here: Project, server: FaultServer, shop: DemoApi) -> None:
    server.says(pet_shop)
    added(here, f"{server.url}/spec/openapi.yaml", name="pets", every=True)
    added(here, f"{shop.url}/orders", name="orders", auth=DEMO_KEY)
    server.says(said((ROOT / "tests" / "data" / "usgs_small.geojson").read_bytes()))
    added(here, f"{server.url}/week.geojson", name="quakes")

    for command in (["ruff", "check", "--isolated"], ["ruff", "format", "--isolated", "--check"], ["mypy", "--strict"]):
        done = subprocess.run(
            [BIN / command[0], *command[1:], "sources"], cwd=here.root, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout


def test_the_page_about_it_shows_what_is_written(here: Project) -> None:
    shown = (ROOT / "docs" / "adding.md").read_text().partition("```python\n")[2].partition("```")[0]
    with serve(DemoShop(orders=5_000), api_key=KEY) as api:
        added(here, f"{api.url}/orders", auth=DEMO_KEY)
        text = source_text(here).replace(api.url, "http://127.0.0.1:8765/v1")

    assert text.endswith(f"\n\n{shown}")


def test_a_dry_run_writes_nothing(here: Project, server: FaultServer) -> None:
    server.says(said_json(FOUND))

    facts = added(here, f"{server.url}/things", dry=True)

    assert facts.text is not None
    assert 'name="acme"' in facts.text
    assert [path.name for path in here.root.iterdir()] == ["minidata.toml"]


def test_a_file_that_is_there_is_replaced_only_when_that_is_said(here: Project, server: FaultServer) -> None:
    server.says(said_json(FOUND))
    url = f"{server.url}/things"
    added(here, url)
    before = source_text(here)

    with pytest.raises(RefusedError, match=r"acme\.py is there already"):
        added(here, url, stream="others")
    assert source_text(here) == before
    added(here, url, stream="others", force=True)
    assert list(Project(here.root).sources["acme"].by_name) == ["others"]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"name": "usgs"}, "there is a source 'usgs' already"),
        ({"name": "public"}, "source name 'public' is reserved"),
        ({"name": "My Shop"}, "source name 'My Shop' will not do"),
        ({"name": None}, "127.0.0.1 is no name for a Source"),
        ({"stream": "My Things"}, "stream name 'My Things' will not do"),
        ({"auth": Bearer("NOT_SET")}, "the secret NOT_SET is not set"),
    ],
)
def test_a_name_that_will_not_do_is_told(
    here: Project, server: FaultServer, wanted: dict[str, Any], words: str
) -> None:
    server.says(said_json(FOUND))

    assert words in str(told(here, f"{server.url}/things", ConfigError, **wanted))


@pytest.mark.parametrize(
    ("answer", "words", "hint"),
    [
        (said(b"<!DOCTYPE html><p>", headers={"Content-Type": "text/html"}), "no JSON but text/html", "for people"),
        (said_json({"data": []}), "no records in what", "list of objects"),
        (said_json({"data": []}), "the list at 'data' is empty", "list of objects"),
        (said_json({"rows": [[1, 2], [3, 4]]}), "holds 2 lists, no objects", "list of objects"),
        (said_json({"error": "who are you"}, status=401), "401", "--bearer NAME"),
        (said_json({"error": "who are you"}, status=403), "403", "--secret NAME --header X-Api-Key"),
        (said_json({"error": "not here"}, status=404), "404", "path"),
    ],
)
def test_an_answer_that_will_not_do_is_told(
    here: Project, server: FaultServer, answer: bytes, words: str, hint: str
) -> None:
    server.says(answer)

    error = told(here, f"{server.url}/things", SourceError)

    assert words in str(error)
    assert hint in error.hint


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"swagger": "2.0", "paths": {}}, "of another kind than OpenAPI 3"),
        ({"openapi": "3.1.0", "paths": {}}, "has no GET that lists records"),
    ],
)
def test_a_document_that_will_not_do_is_told(
    here: Project, server: FaultServer, document: dict[str, Any], words: str
) -> None:
    server.says(said_json(document))

    assert words in str(told(here, f"{server.url}/openapi.json", ConfigError))


def test_a_credential_stays_with_the_address_it_was_given_for(here: Project, server: FaultServer) -> None:
    def answer(_: Heard) -> Saying:
        return said_json({"data": FOUND[:2], "next": "http://127.0.0.1:9/things?page=2"})

    server.says(answer)
    added(here, f"{server.url}/things", auth=Bearer("SHOP_API_KEY"))

    assert [heard.headers["authorization"] for heard in server.heard] == [f"Bearer {KEY}"]
    assert "NOT CONFIRMED" in source_text(here)
