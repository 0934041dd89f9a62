"""Finding what is wanted by reading all of a page: the rule for whatever quickly.py does."""

from collections.abc import Iterable
from typing import Any

from minidata.core.bodies.payload import PayloadError, at_path, read, records_of
from minidata.core.fetching.peeking.wanted import Found, Steps, Wanted


def found_in(wanted: Wanted, body: bytes) -> Found:
    """Return what is *wanted* of *body*, one JSON document; raise PayloadError when it cannot be read."""
    document, loose = read(body)
    return _found(wanted, document, records_of(document, wanted.records), loose)


def found_in_lines(wanted: Wanted, body: bytes) -> Found:
    """
    Return what is *wanted* of *body*, a record in each line.

    A line that cannot be read is a record of which nothing is known. Raises PayloadError when that goes for all.
    """
    lines = [_line(line) for line in body.split(b"\n") if line.strip()]
    broken = [(number, why) for number, (_, why) in enumerate(lines, start=1) if why]
    unread = [record for record, _ in lines if isinstance(record, PayloadError)]
    if unread and len(unread) == len(lines):
        raise PayloadError(unread[0].code, f"none of its lines can be read: {unread[0]}")
    records = [record for record, _ in lines]
    loose = (
        f"{len(broken):,} of its lines are not right, the first is record {broken[0][0]}: {broken[0][1]}"
        if broken
        else ""
    )
    return _found(wanted, records, records, loose)


def at_steps(record: Any, steps: Steps) -> Any:
    """Return what is in *record* at the end of *steps*; None where they lead nowhere."""
    for step in steps:
        if isinstance(record, dict) and isinstance(step, str):
            record = record.get(step)
        elif isinstance(record, list) and isinstance(step, int) and -len(record) <= step < len(record):
            record = record[step]
        else:
            return None
    return record


def _found(wanted: Wanted, document: Any, records: list[Any], loose: str) -> Found:
    told = {name: first_of(at_path(document, path) for path in paths) for name, paths in wanted.told.items()}
    return Found(
        records=len(records),
        cursors=[] if wanted.cursor is None else [at_path(record, wanted.cursor) for record in records],
        keys=[[first_of(at_steps(record, steps) for steps in ways) for record in records] for ways in wanted.keys],
        loose=loose,
        **told,
    )


def first_of(values: Iterable[Any]) -> Any:
    """Return the first of *values* that is not None; None when there is none."""
    return next((value for value in values if value is not None), None)


def _line(line: bytes) -> tuple[Any, str]:
    """Return the record in *line*, or why there is none; and what is wrong with it."""
    try:
        return read(line)
    except PayloadError as error:
        return error, f"{error.code}: {error}"
