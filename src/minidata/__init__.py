"""A miniature data platform: HTTP APIs to tested, published Postgres tables."""

__version__ = "0.1.0"
