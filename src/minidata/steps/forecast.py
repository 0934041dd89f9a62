"""What `run` would do next, as far as that is known without asking an API."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from minidata.adapters.project import Project
from minidata.core.errors import MinidataError
from minidata.core.source import Source, Stream, unasked
from minidata.steps.ingesting.starting import start_of
from minidata.steps.knowing import Known, Which
from minidata.steps.stored import newest_manifest, store_of


@dataclass(frozen=True)
class Next:
    """What a *stage* would do, one line for each thing."""

    stage: str
    what: tuple[str, ...]


def next_of(
    project: Project, sources: Mapping[str, Source], waiting: Mapping[Which, int | None], found: Known
) -> tuple[Next, ...]:
    """Return what each stage would do next; *waiting* are the Runs of each Stream that are not loaded yet."""
    rebuilds = (f"a rebuild is not finished: minidata load --rebuild {name}" for name in found.rebuilding)
    return (
        Next("ingest", tuple(_ingest(project, sources))),
        Next("load", (_load(waiting, found), *rebuilds)),
        Next("analyze", (_analyze(found, more=any(waiting.values())),)),
    )


def _ingest(project: Project, sources: Mapping[str, Source]) -> Iterator[str]:
    for source in unasked(sources, project.settings.sources).values():
        for stream in source.streams:
            yield f"{source.name}.{stream.name}{_since(project, source, stream)}"


def _since(project: Project, source: Source, stream: Stream) -> str:
    try:
        start = start_of(newest_manifest(store_of(project), source.name, stream.name), stream, None, None, full=False)
    except MinidataError as exc:
        return f": {exc}"
    return f" since {start.send}" if start.send is not None else ", all of it"


def _load(waiting: Mapping[Which, int | None], found: Known) -> str:
    if not found.up:
        return "not known: Postgres does not answer"
    runs = sum(number or 0 for number in waiting.values())
    return f"{runs:,} {'run waits' if runs == 1 else 'runs wait'}" if runs else "nothing waits"


def _analyze(found: Known, *, more: bool) -> str:
    if found.stale is None:
        return "not known"
    if more:
        return "models over what is loaded then"
    waiting = f"{_models(len(found.waiting))} waiting for what is not loaded" if found.waiting else ""
    if not found.stale:
        return f"nothing to build{waiting and f', {waiting}'}"
    return f"{_models(len(found.stale))} to build: {', '.join(found.stale)}{waiting and f'; {waiting}'}"


def _models(number: int) -> str:
    return f"{number} {'model' if number == 1 else 'models'}"
