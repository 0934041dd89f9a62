"""
The door to the templates of other schedulers' files, which lie beside this one.

They look like the files they become: a value is ``<< plan.root | unit >>``, so that ``{{ }}`` stays GitHub's.
"""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from minidata.core.running.exports import SPELLINGS


def rendered(template: str, **facts: Any) -> str:
    """Return the *template* filled with *facts*; how words are spelled in it are its filters."""
    environment = Environment(  # noqa: S701 - none of these files is HTML: each value says its own spelling
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(SPELLINGS)
    return environment.get_template(f"{template}.jinja").render(facts)
