"""
What a stage can do, tried from inside of its container: this stands where minidata is, and its findings are an error.

It says "probing" and waits until a file ``go`` is in one of its folders, so that it can be looked at from outside too.
"""

import ctypes
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# Written beside it when the image is made: names of places, and host and port of each.
TARGETS = {name: tuple(place) for name, place in json.loads(Path("/targets.json").read_text()).items()}
FOLDERS = ("sources", "sql", "object_store", "output", ".minidata")
ROOT = Path(os.environ["MINIDATA_PROJECT"])


def tried(deed: Callable[..., object], *arguments: object) -> bool:
    """Return whether *deed* is possible."""
    try:
        deed(*arguments)
    except OSError:
        return False
    return True


def reaches(host: str, port: int) -> bool:
    return tried(lambda: socket.create_connection((host, port), timeout=1.5).close())


def near() -> list[str]:
    """Return where the machine itself may be found on this container's own network."""
    first, second, third, _ = socket.gethostbyname(socket.gethostname()).split(".")
    return [f"{first}.{second}.{third}.1", f"{first}.{second}.0.1"]


def reached() -> list[str]:
    """Return which targets answer; all are asked at once, for who is not there is waited for."""
    targets = TARGETS | {f"this machine at {host}": (host, TARGETS["outside"][1]) for host in near()}
    with ThreadPoolExecutor(len(targets)) as pool:
        answers = pool.map(lambda place: reaches(*place), targets.values())
        return [name for name, found in zip(targets, answers, strict=True) if found]


def finds(name: str) -> bool:
    return tried(socket.getaddrinfo, name, 80)


def writes(folder: Path) -> bool:
    def write() -> None:
        (folder / "probe").write_text("")
        (folder / "probe").unlink()

    return tried(write)


def becomes_another() -> bool:
    # Not this process: it has more to try.
    command = [sys.executable, "-c", "import os; os.setuid(12345)"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def mounts() -> bool:
    library = ctypes.CDLL(None, use_errno=True)
    return bool(library.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0)


def limit(*names: str) -> str:
    """Return the limit that is in one of the files *names*: either version of control groups has its own."""
    found = [path for name in names if (path := Path("/sys/fs/cgroup") / name).exists()]
    return found[0].read_text().split()[0]


def findings() -> dict[str, object]:
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    secrets = Path("/run/secrets")
    return {
        "argv": sys.argv[1:],
        "user": [os.getuid(), os.getgid()],
        "capabilities": [int(status[f"Cap{kind}"], 16) for kind in ("Prm", "Eff", "Bnd", "Amb")],
        "no new privileges": status["NoNewPrivs"].strip(),
        "becomes another": becomes_another(),
        "mounts": mounts(),
        "memory": limit("memory.max", "memory/memory.limit_in_bytes"),
        "processes": limit("pids.max", "pids/pids.max"),
        "secrets": {path.name: path.read_text() for path in secrets.iterdir() if path.is_file()},
        "environment": dict(os.environ),
        "sees": sorted(path.name for path in ROOT.iterdir()),
        "sees of the state": sorted(path.name for path in (ROOT / ".minidata").iterdir()),
        "settings": (ROOT / "minidata.toml").read_text(),
        "writes": [name for name in FOLDERS if (ROOT / name).is_dir() and writes(ROOT / name)],
        "writes elsewhere": [path for path in ("/", "/etc", "/usr", "/opt", "/run") if writes(Path(path))],
        "has room for a while": writes(Path("/tmp")),  # noqa: S108 - the container's own
        "reaches": reached(),
        "finds the database": finds("database"),
    }


if __name__ == "__main__":
    sys.stderr.write("probing\n")
    deadline = time.monotonic() + 20
    while not any((ROOT / name / "go").exists() for name in FOLDERS) and time.monotonic() < deadline:
        time.sleep(0.02)
    error = {"code": "CONFIG", "message": json.dumps(findings()), "hint": None}
    sys.stdout.write(json.dumps({"ok": False, "exit_code": 2, "error": error}, separators=(",", ":")))
    sys.exit(2)
