"""The door to HTTP: one Source's API, asked politely and read strictly."""

from minidata.adapters.http.api import Api

__all__ = ["Api"]
