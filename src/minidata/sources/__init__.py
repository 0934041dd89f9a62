"""The built-in Sources: one dict, one file for each API. A new one is a file and a word here."""

from minidata.core.source import Source
from minidata.sources.shop import shop
from minidata.sources.usgs import usgs

SOURCES: dict[str, Source] = {source.name: source for source in (shop, usgs)}
