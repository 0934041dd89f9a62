"""analyze, in all its ways, and diff."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from minidata.cli.desk import Desk, desk
from minidata.cli.given import pairs, refuse_beside
from minidata.cli.options import Detailed, Isolated, Json, ProjectDir, Quiet, Variables

if TYPE_CHECKING:
    from minidata.steps.analyze import Wishes


class Runner(StrEnum):
    """Who builds the models."""

    MINIDATA = "minidata"
    DBT = "dbt"


Select = Annotated[
    list[str] | None,
    typer.Option("--select", "-s", metavar="MODEL", help="Only these: orders, +orders, tag:x, path:x, source:x."),
]
Exclude = Annotated[list[str] | None, typer.Option("--exclude", metavar="MODEL", help="Not these.")]


def analyze(
    publish_id: Annotated[
        str | None, typer.Argument(metavar="PUBLISH", help="The one that --rollback shows again; default: the last.")
    ] = None,
    select: Select = None,
    exclude: Exclude = None,
    threads: Annotated[
        int | None, typer.Option(min=1, max=64, metavar="N", help="Models built at one time; default: the cores.")
    ] = None,
    full_refresh: Annotated[bool, typer.Option("--full-refresh", help="Build them anew, changed or not.")] = False,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="End at the first failure.")] = False,
    no_publish: Annotated[bool, typer.Option("--no-publish", help="Build and test only; see `minidata diff`.")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say what would be built, and why; build nothing.")
    ] = False,
    rollback: Annotated[bool, typer.Option("--rollback", help="Show readers what they saw before.")] = False,
    prune: Annotated[bool, typer.Option("--prune", help="Drop published views that no model is behind.")] = False,
    runner: Annotated[Runner, typer.Option(help="Who builds: minidata, or dbt itself.")] = Runner.MINIDATA,
    dbt_venv: Annotated[
        Path | None, typer.Option("--dbt-venv", metavar="PATH", help="The venv that has dbt; default: the one on PATH.")
    ] = None,
    schema: Annotated[
        str | None, typer.Option("--schema", metavar="NAME", help="Where dbt builds; default: analytics_dbt.")
    ] = None,
    variables: Variables = None,
    isolated: Isolated = False,
    detailed: Detailed = False,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """
    Build the SQL models aside, test them, publish what passed.

    All are published together, when all tests pass. When a test fails, readers keep what they had. A model is not
    built again when nothing under it has changed.
    """
    with desk(project, as_json=as_json, quiet=quiet) as at:
        from minidata.cli.drawing.analyzing import draw_analyzed, draw_explained
        from minidata.steps.analyze import Wishes

        building = {
            "--select": select,
            "--exclude": exclude,
            "--threads": threads,
            "--full-refresh": full_refresh,
            "--fail-fast": fail_fast,
            "--no-publish": no_publish,
            "--var": variables,
            "--isolated": isolated,
        }
        if rollback or prune:
            others = {"--prune": prune} if rollback else {}
            refuse_beside("--rollback" if rollback else "--prune", {**building, "--explain": explain, **others})
            _go_back(at, publish_id) if rollback else _prune(at, publish_id)
            return
        _check_no_publish_id(publish_id)
        wishes = Wishes(select or (), exclude or (), threads, full_refresh, fail_fast, not no_publish)
        if runner is Runner.DBT:
            refuse_beside("--runner dbt", {"--explain": explain, "--isolated": isolated, "--no-publish": no_publish})
            _let_dbt(at, wishes, dbt_venv, schema, variables)
            return
        refuse_beside("--runner minidata", {"--dbt-venv": dbt_venv, "--schema": schema}, hint="say --runner dbt")
        if explain:
            from minidata.steps.explain import explain as explain_step

            at.answer(explain_step(at.project, wishes, variables=pairs(variables), watch=at.watch), draw_explained)
            return
        if isolated:
            from minidata.steps.isolated import analyze as step
        else:
            from minidata.steps.analyze import analyze as step

        facts = step(at.project, wishes, variables=pairs(variables), watch=at.watch)
        at.answer(facts, draw_analyzed)
        at.unless_new(not any(model.status == "built" for model in facts.models), detailed)


def diff(
    models: Annotated[list[str] | None, typer.Argument(metavar="MODEL", help="Which; default: all.")] = None,
    variables: Variables = None,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """
    Compare what is built and not published with what readers see.

    Rows are told apart by the model's key: unique_key, or the columns of a unique test; without one, as a whole.
    """
    with desk(project, as_json=as_json, quiet=quiet) as at:
        from minidata.cli.drawing.analyzing import draw_diff
        from minidata.steps.diff import diff as step

        at.answer(step(at.project, models or (), variables=pairs(variables), watch=at.watch), draw_diff)


def _let_dbt(at: Desk, wishes: "Wishes", venv: Path | None, schema: str | None, variables: list[str] | None) -> None:
    from minidata.cli.drawing.dbt import draw_built_by_dbt
    from minidata.core.dbt.files import SCHEMA
    from minidata.steps.dbt_runner import analyze_with_dbt

    facts = analyze_with_dbt(
        at.project, at.sources, wishes, venv=venv, schema=schema or SCHEMA, variables=pairs(variables), watch=at.watch
    )
    at.answer(facts, draw_built_by_dbt)


def _go_back(at: Desk, publish_id: str | None) -> None:
    from minidata.cli.drawing.analyzing import draw_rolled_back
    from minidata.core.errors import ConfigError
    from minidata.steps.rollback import rollback

    if publish_id and not publish_id.isdecimal():
        raise ConfigError(f"{publish_id!r} is no publish", hint="they are numbers: analyze says which")
    at.answer(rollback(at.project, int(publish_id) if publish_id else None), draw_rolled_back)


def _prune(at: Desk, publish_id: str | None) -> None:
    from minidata.cli.drawing.analyzing import draw_pruned
    from minidata.steps.prune import prune

    _check_no_publish_id(publish_id)
    at.answer(prune(at.project), draw_pruned)


def _check_no_publish_id(publish_id: str | None) -> None:
    from minidata.core.errors import ConfigError

    if publish_id is not None:
        said = f"{publish_id} is a publish" if publish_id.isdecimal() else f"{publish_id!r} would be a publish"
        hint = "each model has a --select of its own: --select a --select b"
        raise ConfigError(f"{said}, and only --rollback takes one", hint=hint)
