"""How it looks what lies in the object store."""

from typing import TYPE_CHECKING

from minidata.cli.drawing.tables import Cell, draw

if TYPE_CHECKING:
    from minidata.cli.desk import Desk
    from minidata.steps.store.copying import Copied
    from minidata.steps.store.expiring import Expired
    from minidata.steps.store.listing import Listed, ListedPages, ListedRun
    from minidata.steps.store.showing import Shown
    from minidata.steps.store.verifying import Verified


def draw_runs(desk: "Desk", facts: "Listed") -> None:
    """Draw the Runs, a line each."""
    head = ("stream", "run", "pages", "bytes", "records", "cursor", "state")
    if not facts.runs:
        desk.out.print("no runs")
        return
    draw(desk, head, [_run(run) for run in facts.runs])


def _run(one: "ListedRun") -> tuple[Cell, ...]:
    name = f"{one.source}.{one.stream}"
    return (name, one.run, one.pages, one.bytes, one.records, one.cursor, _state(one))


def _state(one: "ListedRun") -> str:
    if one.damaged:
        return "damaged"
    return "finished" if one.finished else "unfinished"


def draw_pages(desk: "Desk", facts: "ListedPages") -> None:
    """Draw the Pages of a Run; of one that is not finished, all that is known is their keys."""
    one = facts.run
    desk.out.print(f"{one.source}.{one.stream} {one.run}: {_state(one)}")
    if facts.pages:
        rows = [(p.number, p.size, p.status, f"{p.fetched_at:%Y-%m-%d %H:%M:%S}", p.key) for p in facts.pages]
        draw(desk, ("page", "bytes", "status", "fetched at (UTC)", "key"), rows)
    elif facts.keys:
        draw(desk, ("key",), [(key,) for key in facts.keys])
    if one.damaged:
        desk.fail(one.damaged, "")


def draw_page(desk: "Desk", facts: "Shown") -> None:
    """Draw how a Page came."""
    page = facts.page
    if page is None:
        desk.out.print(f"{facts.key}: no manifest tells how it came")
        return
    rows = [(name, value) for name, value in page.model_dump(mode="json").items() if value not in (None, {})]
    draw(desk, ("", ""), [(name, str(value)) for name, value in rows])


def draw_verified(desk: "Desk", facts: "Verified") -> None:
    """Say what was read, and what is wrong with it."""
    desk.out.print(f"{facts.runs:,} runs, {facts.pages:,} pages, {facts.bytes:,} bytes read: {_verdict(facts)}")
    for run in facts.unfinished:
        desk.note(f"unfinished: {run}")
    for key in facts.stray:
        desk.note(f"of no run: {key}")
    for damaged in facts.damaged:
        desk.fail(damaged, "")


def _verdict(facts: "Verified") -> str:
    return f"{len(facts.damaged):,} damaged" if facts.damaged else "all as stored"


def draw_copied(desk: "Desk", facts: "Copied") -> None:
    """Say what came over, and what to set to work there."""
    copied = f"{facts.runs:,} runs copied, with {facts.objects:,} pages, {facts.bytes:,} bytes"
    desk.out.print(f"{copied}; {facts.present:,} runs were there already")
    if facts.unfinished:
        desk.note(f"{facts.unfinished:,} unfinished runs were left behind: nothing is ever loaded from them")
    for damaged in facts.damaged:
        desk.fail(f"{damaged}; its run was not copied", "")
    if not facts.damaged:
        desk.note("to work there from now on, write into minidata.toml:")
        desk.out.print(facts.setting)


def draw_expired(desk: "Desk", facts: "Expired") -> None:
    """Draw the old Runs, and what became, or would become, of each."""
    if not facts.runs:
        desk.out.print("no run is that old")
        return
    gone = "removed" if facts.done else "would be removed"
    head = ("stream", "run", "objects", "finished", "what")
    rows = [
        (f"{run.source}.{run.stream}", run.run, run.objects, run.finished, "stays: needed" if run.needed else gone)
        for run in facts.runs
    ]
    draw(desk, head, rows)
    if facts.removed and not facts.done:
        desk.note("nothing was removed yet; say --yes to do it")
