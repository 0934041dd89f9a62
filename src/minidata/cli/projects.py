"""Commands about the project itself: init, config, demo, demo-api."""

import os
import secrets
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from minidata.cli.desk import Desk, desk
from minidata.cli.options import EngineKind, Isolated, Json, ProjectDir, Quiet

if TYPE_CHECKING:
    from minidata.steps.run import Ran

DEMO_ORDERS = 5_000

_NEXT = (
    "",
    "next, try:",
    "  {} query 'select * from customer_lifetime_value order by lifetime_value desc limit 5'",
    "  {} report refund_rate_by_product --format csv | head -3",
    "  {} status",
)

Orders = Annotated[int, typer.Option("--orders", min=1, help="How many orders the shop has; the rest follows.")]
Seed = Annotated[int, typer.Option("--seed", help="Another seed, another shop.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(init)
    app.command()(config)
    app.command()(demo)
    app.command("demo-api")(demo_api)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where; made when missing.")] = Path(),
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """
    Make a new project: settings, SQL models, reports, a Source.

    Files that are there already are kept as they are.
    """
    with desk(as_json=as_json, quiet=quiet) as at:
        from minidata.cli.drawing.projects import draw_initialised
        from minidata.steps.init import init as step

        at.answer(step(folder), draw_initialised)


def config(project: ProjectDir = None, as_json: Json = False) -> None:
    """Print every setting, its value, and where it came from. Secrets are masked."""
    with desk(project, as_json=as_json) as at:
        from minidata.cli.drawing.projects import draw_config
        from minidata.steps.config import config as step

        at.answer(step(at.project), draw_config)


def demo(
    orders: Orders = DEMO_ORDERS,
    seed: Seed = 42,
    engine: EngineKind = None,
    isolated: Isolated = False,
    project: ProjectDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """
    Run the whole platform once over a bundled API.

    That is up, ingest, load, analyze and report. The API is a small shop that runs inside this command, on
    127.0.0.1. Postgres and the fetched data stay.
    """
    from minidata.cli.platform import engine_flags

    with desk(project, as_json=as_json, quiet=quiet, flags=engine_flags(engine)) as at:
        from minidata.cli.drawing.pipeline import draw_ran
        from minidata.steps.up import up

        key = secrets.token_urlsafe(24)
        at.project = replace(at.project, environ={**os.environ, "SHOP_API_KEY": key})
        at.note(f"project {at.project.root}")
        up(at.project, watch=at.watch)
        ran = _isolated_demo(at, orders, seed) if isolated else _plain_demo(at, orders, seed, key)
        at.answer(ran, draw_ran)
        if not as_json and ran.reported is not None:
            _show(at)


def demo_api(
    orders: Orders = DEMO_ORDERS,
    seed: Seed = 42,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="0.0.0.0: any of this machine.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0: any free one.")] = 8765,
    flaws: Annotated[bool, typer.Option(help="With the flaws real APIs have, or without.")] = True,
    quiet: Quiet = False,
) -> None:
    """
    Serve the bundled API alone until Ctrl-C, by default on 127.0.0.1.

    It takes the key that SHOP_API_KEY holds, in the environment or in the project's .env; without one, a key of its own
    that it prints.
    """
    with desk(quiet=quiet) as at:
        from minidata.demo.server import DemoShop, serve

        key = _shop_key(at)
        with serve(DemoShop(seed=seed, orders=orders, flaws=flaws), api_key=key, host=host, port=port) as api:
            typer.echo(api.url)
            at.note(f"a shop of {orders:,} orders; the key goes into the header X-Api-Key; Ctrl-C ends it")
            api.wait()


def _plain_demo(at: Desk, orders: int, seed: int, key: str) -> "Ran":
    from minidata.demo.server import DemoShop, serve
    from minidata.steps.run import run

    with serve(DemoShop(seed=seed, orders=orders), api_key=key) as api:
        _meet_shop(at, orders, api.url)
        return run(at.project, {"shop": at.sources["shop"]}, watch=at.watch)


def _isolated_demo(at: Desk, orders: int, seed: int) -> "Ran":
    """Run the API in a container too: what runs here, no container reaches."""
    from minidata.core.running.services import API
    from minidata.demo.endpoints import PREFIX
    from minidata.demo.server import DEFAULT_PORT
    from minidata.steps.isolating.isolation import isolation

    _meet_shop(at, orders, f"http://{API}:{DEFAULT_PORT}{PREFIX}")
    options = ["--host=0.0.0.0", f"--port={DEFAULT_PORT}", f"--orders={orders}", f"--seed={seed}"]
    with isolation(at.project, at.watch) as stages, stages.demo_api(options, "SHOP_API_KEY"):
        return stages.run({"shop": at.sources["shop"]}, source="shop")


def _meet_shop(at: Desk, orders: int, url: str) -> None:
    at.note(f"a shop of {orders:,} orders answers at {url}")
    at.flags["sources"] = {"shop": {"base_url": url}}
    at.project = replace(at.project, flags=at.flags)


def _show(at: Desk) -> None:
    """Show a report in the terminal, and what to try next."""
    from minidata.steps.report import Destination, report

    at.out.print("\nRevenue by month\n")
    sys.stdout.flush()
    report(at.project, Destination("table", stdout=sys.stdout.buffer), names=["revenue_by_month"])
    # Run from an environment that is not activated, the program is to be called by its path.
    program = "minidata" if shutil.which("minidata") else os.path.relpath(sys.argv[0])
    for line in _NEXT:
        at.note(line.format(program))


def _shop_key(at: Desk) -> str:
    from minidata.core.errors import ConfigError

    try:
        return at.project.secret("SHOP_API_KEY").get_secret_value()
    except ConfigError:
        key = os.environ.get("SHOP_API_KEY") or secrets.token_urlsafe(24)
        typer.echo(f"SHOP_API_KEY={key}", err=True)
        return key
