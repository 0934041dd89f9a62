"""How facts look on a terminal. Data goes to stdout; the same facts are one JSON object with --json."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from minidata.core.printable import printable

if TYPE_CHECKING:
    from minidata.cli.desk import Desk
    from minidata.steps.analyze import Analyzed
    from minidata.steps.config import Config
    from minidata.steps.down import Down
    from minidata.steps.ingest import Ingested
    from minidata.steps.init import Initialised
    from minidata.steps.load import Loaded
    from minidata.steps.models import TestOutcome
    from minidata.steps.report import Reported
    from minidata.steps.run import Ran
    from minidata.steps.status import Status, StreamStatus
    from minidata.steps.test import Tested
    from minidata.steps.up import Up

Cell = object


def draw_initialised(desk: "Desk", facts: "Initialised") -> None:
    """Say what was written, and what to do next."""
    desk.out.print(f"project {facts.name} in {facts.folder}: {len(facts.written)} files")
    for path in facts.kept:
        desk.note(f"kept {path}, which was there")
    desk.note("next: cd there, then `minidata demo`")


def draw_config(desk: "Desk", facts: "Config") -> None:
    """Draw every setting."""
    rows = [(setting.name, setting.value, setting.origin) for setting in facts.settings]
    _draw(desk, ("setting", "value", "from"), rows)


def draw_loaded(desk: "Desk", facts: "Loaded") -> None:
    """Draw what became of the records, by Stream, and why some were quarantined."""
    if facts.nothing_new:
        desk.out.print("nothing new to load")
        return
    rows = []
    for stream in facts.streams:
        if stream.objects or stream.damaged:
            c = stream.counts
            name = f"{stream.source}.{stream.stream}"
            rows.append((name, stream.objects, c.fetched, c.loaded, c.deduplicated, c.quarantined))
    _draw(desk, ("loaded into", "objects", "fetched", "loaded", "deduplicated", "quarantined"), rows)
    for stream in facts.streams:
        for code, count in sorted(stream.reasons.items()):
            desk.note(f"quarantined in {stream.source}.{stream.stream}: {count} x {code}")
        for damaged in stream.damaged:
            desk.fail(f"{damaged}; it was not loaded", "")
        if stream.over:
            name = f"{stream.source}.{stream.stream}"
            desk.fail(
                f"{name}: {stream.counts.quarantined:,} quarantined records, more than max_quarantined allows",
                "minidata query 'select * from minidata.quarantine' tells why; the good records are loaded",
            )


def draw_up(desk: "Desk", facts: "Up") -> None:
    """Say what answers, and where."""
    desk.out.print(f"Postgres {facts.version} {'is up' if facts.started else 'was up already'}: {facts.where}")


def draw_down(desk: "Desk", facts: "Down") -> None:
    """Say what was stopped."""
    stopped = f"{facts.kind} Postgres stopped" if facts.stopped else "nothing was running"
    desk.out.print(stopped + (", its data removed" if facts.removed_data else ", data kept" if facts.stopped else ""))


def draw_status(desk: "Desk", facts: "Status") -> None:
    """Draw what runs, and each Stream's state."""
    state = "up" if facts.up else "down"
    rows = [("project", facts.project), ("postgres", f"{state}: {facts.where}"), ("object store", facts.store)]
    _draw(desk, ("", ""), [*rows, ("published", facts.published or "nothing yet")])
    if facts.streams:
        desk.out.print()
        head = ("stream", "runs", "newest run", "fetched", "loaded", "deduplicated", "quarantined")
        _draw(desk, head, [_stream_status(stream) for stream in facts.streams])


def draw_ingested(desk: "Desk", facts: "Ingested") -> None:
    """Draw what was fetched, by Stream, and what was not."""
    rows = [
        (f"{one.source}.{one.stream}", one.pages, one.records, one.bytes, f"{one.seconds:.1f} s")
        for one in facts.streams
    ]
    if rows:
        _draw(desk, ("fetched from", "pages", "records", "bytes", "time"), rows)
    for one in facts.streams:
        for warning in one.warnings:
            desk.note(f"warning: {one.source}.{one.stream}: {warning}")
    for failure in facts.failures:
        name = f"{failure.source}.{failure.stream}" if failure.stream else failure.source
        desk.fail(f"{name}: {failure.message}", failure.hint)


def draw_analyzed(desk: "Desk", facts: "Analyzed") -> None:
    """Draw what became of the models, the tests that did not pass, and whether it was published."""
    rows = [(one.name, one.status, one.rows, f"{one.seconds:.2f} s" if one.seconds else "") for one in facts.models]
    _draw(desk, ("model", "status", "rows", "time"), rows)
    for model in facts.models:
        if model.exit_code:
            desk.fail(model.message, "")
    _draw_tests(desk, facts.tests)
    if facts.published:
        desk.out.print(f"published: {facts.publish} (analytics, run {facts.run})")
    elif facts.exit_code:
        desk.out.print("nothing published; readers keep what they had")
    else:
        desk.out.print("nothing to publish: all of it is up to date")
    for orphan in facts.orphans:
        desk.note(f"analytics.{orphan} has no model any more; it stays as it was")


def draw_tested(desk: "Desk", facts: "Tested") -> None:
    """Draw the tests that did not pass, and how many did."""
    _draw_tests(desk, facts.tests)


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


def _draw_tests(desk: "Desk", tests: "Sequence[TestOutcome]") -> None:
    passed = sum(test.status == "pass" for test in tests)
    for test in tests:
        if test.status in {"fail", "warn", "broken"}:
            words = test.message or f"{test.failures:,} rows break it"
            line = f"test {test.name} on {test.about}: {words}"
            desk.note(f"warning: {line}") if test.status == "warn" else desk.fail(line, "")
    if tests:
        skipped = sum(test.status == "skipped" for test in tests)
        waiting = f", {skipped} skipped: what they read is not there" if skipped else ""
        desk.out.print(f"tests: {passed} of {len(tests) - skipped} passed{waiting}")


def _stream_status(one: "StreamStatus") -> tuple[Cell, ...]:
    counts = one.counts
    name = f"{one.source}.{one.stream}"
    return (name, one.runs, one.newest, counts.fetched, counts.loaded, counts.deduplicated, counts.quarantined)


def draw_table(desk: "Desk", columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, numbers: set[int]) -> None:
    """Draw a table; the columns at the positions *numbers* are set to the right."""
    table = Table(box=None, pad_edge=False, header_style="bold", show_header=any(columns))
    for index, column in enumerate(columns):
        table.add_column(printable(column), justify="right" if index in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(_cell, row))
    desk.out.print(table)


def _draw(desk: "Desk", columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    numbers = {i for i in range(len(columns)) if rows and all(isinstance(row[i], int | float) for row in rows)}
    draw_table(desk, columns, rows, numbers=numbers)


def _cell(value: Cell) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: ""}[value]
    if isinstance(value, int):
        return f"{value:,}"
    return printable(str(value))
