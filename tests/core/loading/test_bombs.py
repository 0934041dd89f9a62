"""Bodies that want all of the memory: what they get grows with their size, and not faster."""

import json
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parents[2]
# Bodies of V08, and how many times its own size each may take, besides 64 MiB; an entry of an object takes Python some
# 200 bytes, and a Decimal 100, so those are dear that write them with four.
BOMBS = {
    "levels": ("b'[' * 2**24", 8),
    "levels of objects": ("b'{\"a\":' * 2**21", 8),
    "digits": ("b'{\"id\":1,\"price\":' + b'9' * 2**24 + b'}'", 8),
    "a text": ("b'{\"id\":1,\"name\":\"' + b'x' * 10**7 + b'\"}'", 8),
    "items": ("b'{\"id\":1,\"doc\":[' + b'0,' * 5 * 10**6 + b'0]}'", 8),
    "keys": ("b'{\"id\":1,' + b','.join(b'\"k%d\":1' % n for n in range(5 * 10**5)) + b'}'", 24),
    "exponents": ("b'{\"id\":1,\"doc\":[' + b'1e999999,' * 3 * 10**5 + b'1]}'", 40),
    "records that are none": ("b'[' + b'{},' * 2 * 10**5 + b'{}]'", 200),
}
# Each in a process of its own, which begins with what this one has.
PROGRAM = f"""
import json, os, resource, sys
from datetime import UTC, datetime
sys.path.insert(0, {str(TESTS)!r})
from corpus import Probe
from minidata.core.loading.preparing import prepare
from minidata.core.runs import Page
from minidata.core.source import Stream

page = Page(number=1, key="k", sha256="0" * 64, size=1, status=200, url="u", fetched_at=datetime.now(UTC))
prepare(Stream("probes", "/", Probe), page, b"{{}}")

def most():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

for name, text in json.load(sys.stdin).items():
    if not os.fork():
        body = eval(text)
        before = most()
        found = prepare(Stream("probes", "/", Probe), page, body)
        codes = sorted({{reason.code for reason in found.rejected}})
        print(json.dumps([name, codes, len(body), most() - before]), flush=True)
        os._exit(0)
    os.wait()
"""


def test_memory_grows_with_the_size_of_a_body() -> None:
    """V08. The time that they take is bounded in the same way: each of them ends."""
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps({name: text for name, (text, _) in BOMBS.items()}),
        capture_output=True,
        check=True,
        text=True,
    )
    found = {name: (codes, size, taken) for name, codes, size, taken in map(json.loads, told.stdout.splitlines())}

    assert {name: codes for name, (codes, _, _) in found.items()} == {
        "levels": ["TOO_DEEP"],
        "levels of objects": ["TOO_DEEP"],
        "digits": ["NUMBER_TOO_LONG"],
        "a text": [],
        "items": [],
        "keys": [],
        "exponents": ["OUT_OF_RANGE"],
        "records that are none": ["MISSING"],
    }
    assert {
        name: (size, taken) for name, (_, size, taken) in found.items() if taken > BOMBS[name][1] * size + 2**26
    } == {}
