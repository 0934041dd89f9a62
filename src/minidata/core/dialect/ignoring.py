"""``.dbtignore``: files of a dbt project that are as if they were not there, in the words of a ``.gitignore``."""

import re
from collections.abc import Callable, Iterator

from minidata.core.errors import ConfigError

NAME = ".dbtignore"

_WORDS = re.compile(
    r"(?P<within>\*\*/)|(?P<rest>\*\*)|(?P<some>\*)|(?P<one>\?)|\[(?P<of>!?[^\]\\!][^\]\\]*)\]|\\(?P<as_is>.)"
)


def ignoring(text: str) -> Callable[[str], bool]:
    """
    Return what tells whether the file at a path, seen from the project, is ignored; the last rule about it wins.

    Raises ConfigError for a rule that is none.
    """
    rules = list(_rules(text))

    def is_ignored(path: str) -> bool:
        return next((ignored for rule, ignored in reversed(rules) if rule.match(path)), False)

    return is_ignored


def _rules(text: str) -> Iterator[tuple[re.Pattern[str], bool]]:
    for number, line in enumerate(text.splitlines(), 1):
        said = line.rstrip()
        if not said or said.startswith("#"):
            continue
        rule = said.removeprefix("!")
        # A slash before the end says where from; without one it is meant of any folder.
        head = "" if "/" in rule.rstrip("/") else "(?:.*/)?"
        # What names a folder means all that is in it.
        tail = "/.*" if rule.endswith("/") else "(?:/.*)?"
        try:
            yield re.compile(head + _pattern(rule.strip("/")) + tail + r"\Z", re.DOTALL), rule == said
        except re.error:
            raise ConfigError(f"{NAME}:{number}: {said} is no pattern") from None


def _pattern(rule: str) -> str:
    made, at = "", 0
    for word in _WORDS.finditer(rule):
        made += re.escape(rule[at : word.start()]) + _meant(word)
        at = word.end()
    return made + re.escape(rule[at:])


def _meant(word: re.Match[str]) -> str:
    of = word["of"]
    if of is not None:
        return "[" + ("^" + of[1:] if of.startswith("!") else of).replace("[", r"\[") + "]"
    if word["as_is"]:
        return re.escape(word["as_is"])
    return {"within": "(?:.*/)?", "rest": ".*", "some": "[^/]*", "one": "[^/]"}[str(word.lastgroup)]
