"""The files that only grow: whole lines whoever writes at once, bounded, and followed."""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from minidata.adapters.journal import Journal, tail


def test_lines_come_back_in_their_order(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "state" / "journal", 1000)

    journal.append(b"one")
    journal.append(b"two")

    assert list(journal.lines()) == [b"one", b"two"]


def test_it_is_for_its_owner_alone(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "state" / "journal", 1000)

    journal.append(b"one")

    if os.name != "nt":
        assert journal.path.stat().st_mode & 0o777 == 0o600
        assert journal.path.parent.stat().st_mode & 0o777 == 0o700


def test_it_is_bounded_and_keeps_the_newest(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal", 100)

    for number in range(1000):
        journal.append(f"{number:09}".encode())

    kept = [int(line) for line in journal.lines()]
    assert kept == list(range(1000 - len(kept), 1000))
    assert 10 <= len(kept) <= 20


def test_writers_at_once_lose_nothing_and_mix_nothing(tmp_path: Path) -> None:
    lines = [f"{number}".encode() * 50 for number in range(400)]
    # Moved away once, and no more: what is older than that may go.
    journal = Journal(tmp_path / "journal", sum(map(len, lines)) * 2 // 3)

    with ThreadPoolExecutor(8) as writers:
        list(writers.map(journal.append, lines))

    assert sorted(journal.lines()) == sorted(lines)


def test_the_newest_lines_of_a_long_file(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"".join(b"%d %s\n" % (number, b"x" * 1000) for number in range(300)) + b"half")

    assert [line.split()[0] for line in tail(path, 200, follow=False)] == [
        *(b"%d" % number for number in range(100, 300)),
        b"half",
    ]
    assert list(tail(tmp_path / "none", 5, follow=False)) == []


def test_following_goes_on_where_reading_ended_also_in_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"one\ntw")
    coming = tail(path, 10, follow=True)
    seen = list(islice(coming, 1))

    with path.open("ab") as file:
        file.write(b"o\nthree\n")
    seen += islice(coming, 2)
    path.rename(tmp_path / "log.1")
    path.write_bytes(b"four\n")
    seen += islice(coming, 1)
    path.write_bytes(b"5\n")
    seen += islice(coming, 1)

    assert seen == [b"one", b"two", b"three", b"four", b"5"]
