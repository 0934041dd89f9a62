"""What came of a command in one line, for the history."""

from typing import TYPE_CHECKING, Any

from minidata.core.wording import counted

if TYPE_CHECKING:
    from minidata.steps.add import Added
    from minidata.steps.analyze import Analyzed
    from minidata.steps.down import Down
    from minidata.steps.ingest import Ingested
    from minidata.steps.load import Loaded
    from minidata.steps.quarantine.discarding import Discarded
    from minidata.steps.quarantine.outcome import Retried
    from minidata.steps.rebuild import Rebuilt
    from minidata.steps.report import Reported
    from minidata.steps.run import Ran
    from minidata.steps.test import Tested
    from minidata.steps.up import Up


def outcome_of(facts: object) -> str:
    """Return one line about what a step found out; "" where its exit code says it all."""
    describe: Any = _OUTCOMES.get(type(facts).__name__)
    return str(describe(facts)) if describe else ""


def _added(facts: "Added") -> str:
    written = "would be written" if facts.text is not None else "written"
    return f"source {facts.source} {written}: {counted(len(facts.streams), 'stream')}"


def _ingested(facts: "Ingested") -> str:
    records = sum(one.records for one in facts.streams)
    failed = f", {counted(len(facts.failures), 'failure')}: {facts.failures[0].message}" if facts.failures else ""
    return f"{counted(records, 'record')} of {counted(len(facts.streams), 'stream')}{failed}"


def _loaded(facts: "Loaded") -> str:
    if facts.nothing_new:
        return "nothing new"
    damaged = sum(len(stream.damaged) for stream in facts.streams)
    counts = facts.counts
    tail = f", {counted(damaged, 'damaged object')}" if damaged else ""
    refused = sum(len(stream.shrinks) for stream in facts.streams)
    tail += f", {counted(refused, 'run')} refused" if refused else ""
    barred = sum(bool(stream.barred) for stream in facts.streams)
    tail += f", {counted(barred, 'table')} not as the Row says" if barred else ""
    return f"{counted(counts.loaded, 'row')} loaded, {counts.quarantined:,} quarantined{tail}"


def _rebuilt(facts: "Rebuilt") -> str:
    told = (
        f"{one.loaded.source}.{one.loaded.stream} {'rebuilt' if one.swapped else 'not swapped'}"
        for one in facts.streams
    )
    return ", ".join(told)


def _retried(facts: "Retried") -> str:
    moved, remaining = (sum(getattr(one, what) for one in facts.streams) for what in ("moved", "remaining"))
    return f"{counted(moved, 'record')} moved, {remaining:,} still quarantined"


def _discarded(facts: "Discarded") -> str:
    return f"{counted(facts.records, 'record')} discarded"


def _analyzed(facts: "Analyzed") -> str:
    built = sum(model.status == "built" for model in facts.models)
    broken = sum(bool(test.exit_code) for test in facts.tests)
    tail = f", {counted(broken, 'test')} failed" if broken else ""
    shown = f", publish {facts.publish}" if facts.published else ", nothing published"
    return f"{counted(built, 'model')} built{tail}{shown}"


def _tested(facts: "Tested") -> str:
    passed = sum(test.status == "pass" for test in facts.tests)
    return f"{passed:,} of {counted(len(facts.tests), 'test')} passed"


def _reported(facts: "Reported") -> str:
    return f"{counted(len(facts.reports), 'report')} of publish {facts.publish}"


def _ran(facts: "Ran") -> str:
    stages = [_ingested(facts.ingested), _loaded(facts.loaded)]
    if facts.analyzed is not None:
        stages.append(_analyzed(facts.analyzed))
    if facts.reported is not None:
        stages.append(_reported(facts.reported))
    return "; ".join(stages)


def _up(facts: "Up") -> str:
    return f"Postgres {facts.version}: {facts.where}" if facts.started else "it was up already"


def _down(facts: "Down") -> str:
    removed = ", its data removed" if facts.removed_data else ""
    return f"{facts.kind} Postgres stopped{removed}" if facts.stopped else f"nothing was running{removed}"


_OUTCOMES = {
    "Added": _added,
    "Discarded": _discarded,
    "Down": _down,
    "Ingested": _ingested,
    "Loaded": _loaded,
    "Analyzed": _analyzed,
    "Tested": _tested,
    "Reported": _reported,
    "Rebuilt": _rebuilt,
    "Retried": _retried,
    "Ran": _ran,
    "Up": _up,
}
