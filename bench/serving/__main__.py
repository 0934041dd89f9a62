"""Serve until terminated: ``python -m bench.serving api|bucket SECONDS`` prints the address."""

import asyncio
import sys

from bench.serving.api import Api
from bench.serving.bucket import Bucket
from bench.serving.wire import Service, serve

SERVICES: dict[str, type[Service]] = {"api": Api, "bucket": Bucket}

if __name__ == "__main__":
    kind, latency = sys.argv[1:]
    asyncio.run(serve(SERVICES[kind](), float(latency)))
