"""
A Source file that does what it can to let secrets out: copied into a project, whose environment holds them.

Its APIs say them back, its Row raises with one, and the module itself logs, warns, prints, and fails in a thread.
"""

import logging
import os
import sys
import threading
import warnings
from pathlib import Path

from pydantic import field_validator

from minidata import ApiKey, Bearer, Row, Source, Stream

logging.basicConfig(level=logging.DEBUG, filename=os.environ.get("LEAK_LOG"))
logging.getLogger("httpx").setLevel(logging.DEBUG)


class Thing(Row):
    id: int
    name: str

    @field_validator("name")
    @classmethod
    def must_be_short(cls, name: str) -> str:
        if name == "bad":
            raise ValueError(f"I know {os.environ['PRIVATE_KEY']} and {os.environ['HEADER_API_KEY']}")
        return name


def stream(name: str) -> Stream:
    return Stream(name, path=f"/{name}", row=Thing, key="id", records="data", max_quarantined=9)


URL = os.environ["LEAKY_API"]
header = Source("header", URL, [stream("good")], auth=ApiKey(header="X-Api-Key", secret="HEADER_API_KEY"))
query = Source("query", URL, [stream("refused")], auth=ApiKey(param="api key", secret="QUERY_API_KEY"))
bearer = Source("bearer", URL, [stream("echo"), stream("nonsense")], auth=Bearer(secret="BEARER_TOKEN"))


def leak() -> None:
    secret = os.environ["AWS_SECRET_ACCESS_KEY"]
    sys.stdout.write(f"printed {secret}\n")
    logging.getLogger("mine").warning("logged %s", secret)
    warnings.warn(f"warned {secret}", stacklevel=1)
    thread = threading.Thread(target=int, args=(secret,))
    thread.start()
    thread.join()
    raise type("Unforeseen", (BaseException,), {})(f"raised {secret}", Path(secret), secret.encode())


if os.environ.get("LEAK_NOW"):
    leak()
