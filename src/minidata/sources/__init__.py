"""The built-in Sources: one dict, one file for each API. A new one is a file and a word here."""

from minidata.core.source import Source
from minidata.sources.github import github
from minidata.sources.shop import shop
from minidata.sources.usgs import usgs

# A project that says nothing of GitHub does not ask it: which repository there is of interest, nobody else can know.
_REPOSITORY = github("simonw", "datasette", name="github", on_request=True)

SOURCES: dict[str, Source] = {source.name: source for source in (shop, usgs, _REPOSITORY)}
