"""The imports of a written file: for the names in it that come from elsewhere."""

import re
from collections.abc import Sequence

from minidata.core.inference.spelling import WIDTH

_STEP = "    "
# What a written file may need, from where, in the order of imports.
IMPORTS: tuple[dict[str, tuple[str, ...]], ...] = (
    {"datetime": ("dt",), "decimal": ("Decimal",), "typing": ("Any", "Literal"), "uuid": ("UUID",)},
    {
        "minidata": (
            "ApiKey", "Bearer", "Cursor", "LinkHeader", "NextCursor", "NextUrl", "Offset", "PageNumber", "Row",
            "SinglePage", "Source", "Stream",
        ),
        "pydantic": ("AliasPath", "AwareDatetime", "Field", "NaiveDatetime"),
    },
)  # fmt: skip
# No class in a written file may be called so.
WORDS = frozenset({"None", "True", "False", *(name for block in IMPORTS for names in block.values() for name in names)})


def imports_text(body: str) -> str:
    """Return the imports that *body* needs, in blocks, and the blank lines behind them."""
    words = words_in(body)
    blocks = ["".join(_import(module, names, words) for module, names in block.items()) for block in IMPORTS]
    return "\n".join(filter(None, blocks)) + ("\n\n" if body.startswith("class ") else "\n")


def words_in(body: str) -> set[str]:
    """Return the names in *body*: what is in texts and comments is none."""
    return set(re.findall(r"[A-Za-z_]\w*", re.sub(r'"(\\.|[^"\\])*"|\'(\\.|[^\'\\])*\'|#.*', "", body)))


def _import(module: str, names: tuple[str, ...], words: set[str]) -> str:
    needed = [name for name in names if name in words]
    if not needed:
        return ""
    if module == "datetime":
        return "import datetime as dt\n"
    return from_import(module, needed)


def from_import(module: str, names: Sequence[str]) -> str:
    """Return the statement that imports *names*, which may each be ``a as b``, from *module*."""
    line = f"from {module} import {', '.join(names)}\n"
    return (
        line if len(line) <= WIDTH else f"from {module} import (\n{''.join(f'{_STEP}{n},{chr(10)}' for n in names)})\n"
    )
