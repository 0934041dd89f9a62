"""Options that several commands share, each spelled once."""

from pathlib import Path
from typing import Annotated

import typer

ProjectDir = Annotated[
    Path | None,
    typer.Option("--project", "-P", metavar="DIR", help="The project's folder; default: here, or the nearest above."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, for programs.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notes on stderr.")]
SourceName = Annotated[
    str | None, typer.Option("--source", "-s", metavar="SOURCE", help="Only this Source; default: all of them.")
]
StreamName = Annotated[
    str | None, typer.Option("--stream", "-t", metavar="STREAM", help="Only this Stream: NAME, or SOURCE.NAME.")
]
Detailed = Annotated[
    bool, typer.Option("--detailed-exit-code", help="Exit with 10 when there was nothing new, not with 0.")
]
Variables = Annotated[
    list[str] | None, typer.Option("--var", metavar="NAME=VALUE", help="A variable of the models; may be repeated.")
]
EngineKind = Annotated[
    str | None, typer.Option("--engine", metavar="KIND", help="docker, embedded, url or auto: for this time.")
]
Isolated = Annotated[
    bool, typer.Option("--isolated", help="In a container of its own, with only what it needs; see `image build`.")
]
AllowShrink = Annotated[
    bool, typer.Option("--allow-shrink", help="Let a table that is replaced lose most of its rows, or all of them.")
]
