"""How it looks what the stages did."""

from typing import TYPE_CHECKING

from minidata.cli.drawing.analyzing import draw_analyzed
from minidata.cli.drawing.provenance import MEND_STORE
from minidata.cli.drawing.tables import draw
from minidata.core.wording import counted

if TYPE_CHECKING:
    from minidata.cli.desk import Desk
    from minidata.steps.ingest import Ingested
    from minidata.steps.load import Loaded, LoadedStream
    from minidata.steps.rebuild import Rebuilt
    from minidata.steps.report import Reported
    from minidata.steps.run import Ran


def draw_ingested(desk: "Desk", facts: "Ingested") -> None:
    """Draw what was fetched, by Stream, and what was not."""
    rows = [
        (f"{one.source}.{one.stream}", one.pages, one.records, one.bytes, f"{one.seconds:.1f} s")
        for one in facts.streams
    ]
    if rows:
        draw(desk, ("fetched from", "pages", "records", "bytes", "time"), rows)
    for one in facts.streams:
        if one.unchanged:
            desk.note(f"{one.source}.{one.stream}: unchanged, nothing new is stored")
        for warning in one.warnings:
            desk.note(f"warning: {one.source}.{one.stream}: {warning}")
    for failure in facts.failures:
        name = f"{failure.source}.{failure.stream}" if failure.stream else failure.source
        desk.fail(f"{name}: {failure.message}", failure.hint)


def draw_loaded(desk: "Desk", facts: "Loaded") -> None:
    """Draw what became of the records, by Stream, and why some were quarantined."""
    rows = []
    for stream in facts.streams:
        if stream.objects or stream.damaged or stream.refused or stream.shrinks:
            c = stream.counts
            name = f"{stream.source}.{stream.stream}"
            rows.append((name, stream.objects, c.fetched, c.loaded, c.deduplicated, c.quarantined))
    if rows:
        draw(desk, ("loaded into", "objects", "fetched", "loaded", "deduplicated", "quarantined"), rows)
    elif not any(stream.barred for stream in facts.streams):
        desk.out.print("nothing new to load")
    for stream in facts.streams:
        _draw_changes(desk, stream)
        _draw_rejected(desk, stream)


def draw_rebuilt(desk: "Desk", facts: "Rebuilt") -> None:
    """Draw what was loaded into the new tables, and whether they are in use."""
    rows = []
    for one in facts.streams:
        loaded, c = one.loaded, one.loaded.counts
        state = "swapped" if one.swapped else "not swapped"
        name = f"{loaded.source}.{loaded.stream}"
        rows.append((name, loaded.objects, c.fetched, c.loaded, c.deduplicated, c.quarantined, state))
    draw(desk, ("rebuilt", "objects", "fetched", "loaded", "deduplicated", "quarantined", "state"), rows)
    for one in facts.streams:
        if one.resumed:
            desk.note(f"{one.loaded.source}.{one.loaded.stream}: an earlier rebuild was gone on with")
        for view in one.views:
            desk.note(f"made again over the new table: {view}")
        for version in one.versions:
            desk.note(f"dropped: {version}, which needs what is gone, and is not what is published")
        _draw_rejected(desk, one.loaded)


def _draw_changes(desk: "Desk", stream: "LoadedStream") -> None:
    """Say how a table that was there was changed; of one that is new its name says enough."""
    if not any(change.startswith("create table") for change in stream.changes):
        for change in stream.changes:
            desk.note(f"changed: {change}")


def _draw_rejected(desk: "Desk", stream: "LoadedStream") -> None:
    """Say what was not loaded of one Stream, and why."""
    name = f"{stream.source}.{stream.stream}"
    for code, count in sorted(stream.reasons.items()):
        desk.note(f"quarantined in {name}: {count} x {code}")
    for damaged in stream.damaged:
        desk.fail(f"{damaged}; it was not loaded", MEND_STORE)
    if stream.barred:
        desk.fail(stream.barred, stream.remedy)
    for shrinks in stream.shrinks:
        desk.fail(shrinks, "look at that run; if it is right, `minidata load --allow-shrink` takes it")
    for one in stream.refused:
        codes = ", ".join(f"{count} x {code}" for code, count in sorted(one.reasons.items()))
        desk.fail(
            f"{one.key} was not loaded: {one.quarantined:,} of its {one.fetched:,} records do not fit ({codes})",
            f"{name} allows {_allowed(stream.allowed)} for each object (max_quarantined)",
        )
    if stream.over and stream.counts.quarantined:
        desk.fail(
            f"{name}: {counted(stream.counts.quarantined, 'record')} quarantined",
            "`minidata quarantine list` tells why; the good records are loaded",
        )


def _allowed(most: float | None) -> str:
    return f"{100 * most:g}%" if isinstance(most, float) else f"{most:,}"


def draw_reported(desk: "Desk", facts: "Reported") -> None:
    """Say which files were written; what went to stdout speaks for itself."""
    for one in facts.reports:
        if one.path:
            desk.out.print(f"{one.path}  ({one.rows:,} rows, {one.size:,} bytes)")


def draw_ran(desk: "Desk", facts: "Ran") -> None:
    """Draw each stage that ran."""
    draw_ingested(desk, facts.ingested)
    desk.out.print()
    draw_loaded(desk, facts.loaded)
    if facts.analyzed is not None:
        desk.out.print()
        draw_analyzed(desk, facts.analyzed)
    if facts.reported is not None:
        desk.out.print()
        draw_reported(desk, facts.reported)
