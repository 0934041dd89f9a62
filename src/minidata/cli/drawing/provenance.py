"""How it looks where a record comes from."""

from typing import TYPE_CHECKING

from minidata.cli.drawing.tables import Cell

if TYPE_CHECKING:
    from minidata.steps.provenance import Provenance


def provenance_lines(facts: "Provenance") -> list[tuple[Cell, ...]]:
    """Return what is to be told of the object, the request that it answers, and the record itself."""
    rows: list[tuple[Cell, ...]] = [("object", facts.key)]
    if facts.record is not None:
        rows.append(("record", f"{facts.record:,} (from 0)"))
    page = facts.request
    if page:
        params = "&".join(f"{name}={value}" for name, value in page.params.items())
        rows.append(("request", f"{page.method} {page.url}{'?' if params else ''}{params}"))
        if page.body is not None:
            rows.append(("posted", str(page.body)))
        rows.append(("answered", f"{page.status} at {page.fetched_at:%Y-%m-%d %H:%M:%S} UTC, {page.size:,} bytes"))
        if page.context:
            rows.append(("of parent", ", ".join(f"{name}={value}" for name, value in page.context.items())))
        rows.append(("sha256", f"{page.sha256}: {'not what is stored' if facts.damaged else 'as stored'}"))
    if facts.json is not None:
        rows.append(("json", facts.json))
    return rows
