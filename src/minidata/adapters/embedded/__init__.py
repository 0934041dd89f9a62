"""
The door to the embedded Postgres: a real server from a wheel, its data in the project folder.

Only the wheel's programs are used, not its library: that one starts within ten seconds or not at all, trips over a
space in a path, and lets everybody look into the folders above the data.
"""

from minidata.adapters.embedded.engine import EmbeddedEngine

__all__ = ["EmbeddedEngine"]
