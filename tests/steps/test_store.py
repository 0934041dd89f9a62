"""The verbs of `minidata store` at their edge: what lies in a store, is it whole, and what may go."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from buckets import S3, bad_line_to
from faults import Onlooker, TurnedClock
from loading import BEGIN, put_run, run_sql, store_of, traced
from minidata.adapters.object_store import ObjectStore
from minidata.adapters.project import Project
from minidata.core.errors import (
    ConfigError,
    EngineError,
    Exit,
    ObjectDamaged,
    ObjectExists,
    ObjectMissing,
    RefusedError,
    StoreError,
    UnknownName,
)
from minidata.core.rows import Row
from minidata.core.runs import Manifest, manifest_key, run_prefix
from minidata.core.source import Source, Stream
from minidata.core.watch import Nobody
from minidata.steps.load import load
from minidata.steps.store.copying import copy, copy_between
from minidata.steps.store.expiring import Expired, Rule, age, expire
from minidata.steps.store.listing import list_pages, list_runs
from minidata.steps.store.showing import body_of, find_object
from minidata.steps.store.verifying import verify
from minidata.steps.stored import newest_manifest, safe_to_write
from minidata.steps.up import up

NOBODY = Nobody()


class Note(Row):
    id: int
    text: str


SOURCES = {
    "desk": Source(
        name="desk",
        base_url="http://127.0.0.1",
        streams=[
            Stream("notes", path="/notes", row=Note, key="id"),
            Stream("log", path="/log", row=Note, mode="append"),
        ],
    )
}


@pytest.fixture
def store(project: Project) -> ObjectStore:
    return store_of(project)


def notes(*ids: int, text: str = "a") -> list[dict[str, Any]]:
    return [{"id": number, "text": text} for number in ids]


def key_of(manifest: Manifest) -> str:
    return manifest_key(run_prefix(manifest.source, manifest.stream, manifest.run))


def overwrite(project: Project, key: str, body: bytes) -> None:
    (project.root / "object_store" / key).write_bytes(body)


class TestLooking:
    def test_runs_are_listed_with_what_their_manifests_tell(self, project: Project, store: ObjectStore) -> None:
        put_run(project, "desk.notes", [notes(1), notes(2)])
        put_run(project, "desk.notes", [notes(3)], number=1, finished=False)
        broken = put_run(project, "desk.log", [notes(4)])
        overwrite(project, key_of(broken), b'{"version": 99')

        listed = list_runs(store, NOBODY).runs

        assert [(one.stream, one.finished, one.pages, one.bytes) for one in listed] == [
            ("log", True, 1, None),
            ("notes", True, 2, 2 * len(json.dumps(notes(1)))),
            ("notes", False, 1, None),
        ]
        assert "is damaged" in listed[0].damaged

    def test_one_stream_is_listed_alone(self, project: Project, store: ObjectStore) -> None:
        put_run(project, "desk.notes", [notes(1)])
        put_run(project, "shop.orders", [notes(1)])

        for chosen in ({"source": "desk"}, {"stream": "notes"}, {"stream": "desk.notes"}):
            assert [one.source for one in list_runs(store, NOBODY, **chosen).runs] == ["desk"]
        with pytest.raises(UnknownName, match="unknown source 'dex', did you mean 'desk'"):
            list_runs(store, NOBODY, source="dex")
        with pytest.raises(UnknownName, match="unknown stream 'note', did you mean 'notes'"):
            list_runs(store, NOBODY, source="desk", stream="note")
        with pytest.raises(ConfigError, match=r"desk\.notes is not one of source 'shop'"):
            list_runs(store, NOBODY, source="shop", stream="desk.notes")

    def test_an_empty_store_has_no_runs(self, store: ObjectStore) -> None:
        assert list_runs(store, NOBODY).runs == ()

    def test_a_run_is_found_by_the_beginning_of_its_id(self, project: Project, store: ObjectStore) -> None:
        manifest = put_run(project, "desk.notes", [notes(1), notes(2)])
        put_run(project, "desk.notes", [notes(1)], number=1)

        found = list_pages(store, "20260131t06")

        assert found.pages == manifest.pages
        assert list_pages(store, manifest.run).run == found.run
        with pytest.raises(ConfigError, match="2 runs begin with '20260131'"):
            list_pages(store, "20260131")
        with pytest.raises(ConfigError, match="no run begins with '20260131t09'"):
            list_pages(store, "20260131t09")
        for odd in ("2026", "../../x", "notes", ""):
            with pytest.raises(ConfigError, match="is no run"):
                list_pages(store, odd)

    def test_a_page_is_shown_exactly(self, project: Project, store: ObjectStore) -> None:
        manifest = put_run(project, "desk.notes", [b'\x00 \xff\r\n{"a":  1}', b""])
        page = manifest.pages[0]

        for name in (page.key, f"{manifest.run}/1", "20260131t06/01"):
            shown = find_object(store, name)
            assert (shown.page, body_of(store, shown)) == (page, b'\x00 \xff\r\n{"a":  1}')
        assert body_of(store, find_object(store, f"{manifest.run}/2")) == b""
        assert body_of(store, find_object(store, key_of(manifest))).startswith(b'{"version":1')

    def test_a_page_of_an_unfinished_run_is_shown_all_the_same(self, project: Project, store: ObjectStore) -> None:
        manifest = put_run(project, "desk.notes", [b"1", b"2"], finished=False)

        for name in (manifest.pages[1].key, f"{manifest.run}/2"):
            shown = find_object(store, name)
            assert (shown.page, body_of(store, shown)) == (None, b"2")

    def test_what_is_not_what_was_stored_is_not_shown(self, project: Project, store: ObjectStore) -> None:
        manifest = put_run(project, "desk.notes", [b"body"])
        overwrite(project, manifest.pages[0].key, b"bodx")

        with pytest.raises(ObjectDamaged, match="checksum mismatch"):
            body_of(store, find_object(store, f"{manifest.run}/1"))

    def test_what_is_no_object_is_told(self, project: Project, store: ObjectStore) -> None:
        manifest = put_run(project, "desk.notes", [b"body"])

        with pytest.raises(ObjectMissing, match="has no page 2, but 1 of them"):
            find_object(store, f"{manifest.run}/2")
        with pytest.raises(ConfigError, match="is no object"):
            find_object(store, manifest.run)
        with pytest.raises(ObjectMissing):
            body_of(store, find_object(store, "raw/desk/notes/x"))
        with pytest.raises(RefusedError, match="cannot be a key"):
            body_of(store, find_object(store, "raw/../../minidata.toml"))

    def test_the_newest_finished_run_is_found_from_the_end(self, project: Project, store: ObjectStore) -> None:
        put_run(project, "desk.notes", [notes(1)])
        newest = put_run(project, "desk.notes", [notes(1)], number=30)
        put_run(project, "desk.notes", [notes(1)], number=31, finished=False)
        put_run(project, "desk.notes", [notes(1)], number=60, finished=False)
        (project.root / "object_store" / "raw" / "desk" / "notes" / "my notes").mkdir()

        assert newest_manifest(store, "desk", "notes") == newest
        assert newest_manifest(store, "desk", "log") is None


class TestVerifying:
    def test_all_that_is_as_it_was_is_said_to_be(self, project: Project, store: ObjectStore) -> None:
        put_run(project, "desk.notes", [notes(1), notes(2)])
        store.honours_create()
        watch = Onlooker()

        found = verify(store, watch)

        assert (found.runs, found.pages, found.exit_code) == (1, 2, Exit.DONE)
        assert (found.damaged, found.unfinished, found.stray) == ((), (), ())
        assert watch.counts == {"store verify: runs": 1}

    def test_every_flipped_bit_is_found(self, project: Project, store: ObjectStore) -> None:
        manifest = put_run(project, "desk.notes", [b"body"])
        key = manifest.pages[0].key
        flips = [bytes([*b"body"[:n], b"body"[n] ^ 1 << bit, *b"body"[n + 1 :]]) for n in range(4) for bit in range(8)]
        found = []
        for flipped in flips:
            overwrite(project, key, flipped)
            found.append(verify(store, NOBODY).damaged)

        assert found == [(f"checksum mismatch: object {key} is not what was stored there",)] * 32

    def test_what_is_gone_cut_or_damaged_is_found_and_the_rest_read(self, project: Project, store: ObjectStore) -> None:
        first = put_run(project, "desk.notes", [notes(1), notes(2), notes(3)])
        second = put_run(project, "desk.notes", [notes(4)], number=1)
        put_run(project, "desk.log", [notes(5)])
        store.delete([first.pages[0].key])
        overwrite(project, first.pages[2].key, b"")
        overwrite(project, key_of(second), b"{}")

        found = verify(store, NOBODY)

        assert found.exit_code == Exit.STORE
        assert (found.runs, found.pages) == (3, 4)
        assert [("is not in" in one, "mismatch" in one, "manifest" in one) for one in found.damaged] == [
            (True, False, False),
            (False, True, False),
            (False, False, True),
        ]

    def test_what_belongs_to_no_run_and_what_is_unfinished_is_told(self, project: Project, store: ObjectStore) -> None:
        manifest = put_run(project, "desk.notes", [notes(1)])
        unfinished = put_run(project, "desk.notes", [notes(1)], number=1, finished=False)
        beside = f"{run_prefix('desk', 'notes', manifest.run)}/00002.json"
        for key in ("elsewhere/x", "raw/desk/notes/x", beside):
            store.put(key, b"")

        found = verify(store, NOBODY)

        assert found.unfinished == (f"desk.notes {unfinished.run}",)
        assert found.stray == (beside, "elsewhere/x", "raw/desk/notes/x")
        assert found.exit_code == Exit.DONE

    def test_a_store_that_cannot_be_read_is_no_damage(self, s3: S3) -> None:
        store = ObjectStore.open(s3.bucket().model_copy(update={"url": "s3://no-such-bucket"}), Path())

        with pytest.raises(StoreError, match="NoSuchBucket"):
            verify(store, NOBODY)


class TestCopying:
    @pytest.fixture
    def there(self, s3: S3, project: Project) -> ObjectStore:
        return ObjectStore.open(s3.bucket(), project.root)

    def test_finished_runs_come_over_and_a_second_copy_finds_them(
        self, project: Project, store: ObjectStore, there: ObjectStore
    ) -> None:
        put_run(project, "desk.notes", [notes(1), notes(2)])
        put_run(project, "shop.orders", [b"\x00"])
        left = put_run(project, "desk.notes", [notes(3)], number=1, finished=False)

        first, second = copy(store, there, NOBODY), copy(store, there, NOBODY)

        assert (first.runs, first.objects, first.present, first.unfinished) == (2, 3, 0, 1)
        assert (second.runs, second.objects, second.present) == (0, 0, 2)
        over = [key for key in store.keys("raw") if left.run not in key]
        assert {key: there.get(key) for key in there.keys("raw")} == {key: store.get(key) for key in over}

    def test_an_interrupted_copy_goes_on(self, project: Project, store: ObjectStore, there: ObjectStore) -> None:
        manifest = put_run(project, "desk.notes", [notes(1), notes(2), notes(3)])
        there.put(manifest.pages[0].key, store.get(manifest.pages[0].key))

        copied = copy(store, there, NOBODY)

        assert (copied.runs, copied.objects) == (1, 2)
        assert verify(there, NOBODY).pages == 3

    def test_damage_does_not_travel(self, project: Project, store: ObjectStore, there: ObjectStore) -> None:
        damaged = put_run(project, "desk.notes", [notes(1), notes(2)])
        whole = put_run(project, "desk.notes", [notes(3)], number=1)
        overwrite(project, damaged.pages[1].key, b"x")

        copied = copy(store, there, NOBODY)

        assert (copied.runs, copied.exit_code) == (1, Exit.STORE)
        assert copied.damaged == (f"checksum mismatch: object {damaged.pages[1].key} is not what was stored there",)
        assert [one.run for one in list_runs(there, NOBODY).runs if one.finished] == [whole.run]

    def test_other_bytes_over_there_are_kept(self, project: Project, store: ObjectStore, there: ObjectStore) -> None:
        manifest = put_run(project, "desk.notes", [notes(1)])
        there.put(manifest.pages[0].key, b"theirs")

        with pytest.raises(ObjectExists, match=manifest.pages[0].key):
            copy(store, there, NOBODY)
        assert there.get(manifest.pages[0].key) == b"theirs"

    def test_the_setting_to_change_is_told(self, project: Project, s3: S3) -> None:
        put_run(project, "desk.notes", [notes(1)])
        there = s3.bucket().model_copy(update={"compression": "zstd"})

        copied = copy_between(project.root, project.settings.store, there, NOBODY)

        (project.root / "minidata.toml").write_text(copied.setting)
        assert Project(project.root).settings.store == there


class TestCarefulWriting:
    def test_a_store_that_overwrites_is_told_once_and_handled_with_care(self, project: Project, s3: S3) -> None:
        watch = Onlooker()
        with bad_line_to(s3) as line:
            line.conditions = False
            there = ObjectStore.open(s3.bucket().model_copy(update={"endpoint": line.url}), project.root)
            careful = safe_to_write(there, watch)
            line.shutdown()

        assert careful.looks_first
        assert [note.partition(":")[0] for note in watch.notes] == [
            "this object store overwrites what is there (it ignores If-None-Match)"
        ]

    def test_one_that_does_not_is_taken_as_it_is(self, store: ObjectStore, s3: S3) -> None:
        there = ObjectStore.open(s3.bucket(), Path())

        assert safe_to_write(there, NOBODY) == there
        assert safe_to_write(store, NOBODY) == store


class TestExpiring:
    @pytest.fixture(autouse=True)
    def _ready(self, project: Project) -> None:
        up(project)

    def runs(self, project: Project, name: str, *runs: Sequence[Any]) -> list[Manifest]:
        """Keep *runs* of one page each, a day apart, the first one first."""
        return [put_run(project, name, [records], number=24 * day) for day, records in enumerate(runs)]

    def expired(self, project: Project, rule: Rule, **options: Any) -> Expired:
        clock = TurnedClock(BEGIN + timedelta(days=100))
        return expire(project, store_of(project), rule, NOBODY, clock=clock, **options)

    def left(self, project: Project) -> list[str]:
        return [one.run for one in list_runs(store_of(project), NOBODY).runs]

    def test_what_later_runs_have_replaced_goes_and_the_table_can_be_made_again(self, project: Project) -> None:
        first, second, third = self.runs(project, "desk.notes", notes(1, 2), notes(1, 3, text="b"), notes(2, 3))
        load(project, SOURCES)
        before = traced(project, "desk.notes")

        expired = self.expired(project, Rule(keep=1), really=True)

        assert [(one.run, one.needed) for one in expired.runs] == [(first.run, False), (second.run, True)]
        assert self.left(project) == [second.run, third.run]
        assert load(project, SOURCES).nothing_new
        run_sql(project, "drop table desk.notes")
        load(project, SOURCES)
        assert traced(project, "desk.notes") == before

    def test_a_dry_run_removes_nothing_and_says_the_same(self, project: Project) -> None:
        first, second = self.runs(project, "desk.notes", notes(1), notes(1))
        load(project, SOURCES)

        dry = self.expired(project, Rule(keep=1))

        assert [one.run for one in dry.removed] == [first.run]
        assert self.left(project) == [first.run, second.run]
        assert replace(dry, done=True) == self.expired(project, Rule(keep=1), really=True)

    def test_what_is_appended_is_needed(self, project: Project) -> None:
        self.runs(project, "desk.log", notes(1), notes(1), [])
        load(project, SOURCES)

        assert [one.needed for one in self.expired(project, Rule(keep=1)).runs] == [True, True]

    def test_what_is_not_loaded_or_quarantined_is_needed(self, project: Project) -> None:
        self.runs(project, "desk.notes", [{"id": "no"}], notes(1))
        load(project, SOURCES)
        put_run(project, "desk.notes", [notes(1)], number=48)
        put_run(project, "desk.notes", [notes(1)], number=72)
        put_run(project, "of.nobody", [notes(1)])
        put_run(project, "of.nobody", [notes(1)], number=24)

        assert [one.needed for one in self.expired(project, Rule(keep=1)).runs] == [True] * 4

    def test_even_what_is_needed_goes_when_it_is_said_but_never_the_newest(self, project: Project) -> None:
        *_, newest = self.runs(project, "desk.log", notes(1), notes(2), notes(3))
        unfinished = put_run(project, "desk.log", [notes(4)], number=96, finished=False)

        self.expired(project, Rule(timedelta(days=99.5)), even_if_needed=True, really=True)
        assert len(self.left(project)) == 3
        self.expired(project, Rule(timedelta(days=1), keep=2), even_if_needed=True, really=True)
        assert len(self.left(project)) == 2
        self.expired(project, Rule(timedelta(days=1)), even_if_needed=True, really=True)

        assert self.left(project) == [newest.run]
        assert unfinished.run not in self.left(project)

    def test_an_unfinished_run_goes_when_it_can_no_longer_be_at_work(self, project: Project) -> None:
        at_work = put_run(project, "desk.notes", [notes(1)], number=24 * 99 + 1, finished=False)
        put_run(project, "desk.notes", [notes(1)], number=24 * 98, finished=False)

        assert self.expired(project, Rule(keep=1), really=True).runs == ()
        self.expired(project, Rule(timedelta(hours=1)), really=True)

        assert self.left(project) == [at_work.run]

    def test_interrupted_in_between_it_leaves_an_unfinished_run(
        self, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first, _ = self.runs(project, "desk.notes", notes(1), notes(1))
        load(project, SOURCES)
        real = ObjectStore.delete

        def then_die(store: ObjectStore, keys: Sequence[str]) -> None:
            real(store, keys)
            raise KeyboardInterrupt

        monkeypatch.setattr(ObjectStore, "delete", then_die)
        with pytest.raises(KeyboardInterrupt):
            self.expired(project, Rule(keep=1), really=True)

        assert verify(store_of(project), NOBODY).unfinished == (f"desk.notes {first.run}",)
        assert verify(store_of(project), NOBODY).exit_code == Exit.DONE

    def test_without_a_database_nothing_is_known(self, project: Project) -> None:
        self.runs(project, "desk.notes", notes(1), notes(1))
        gone = Project(project.root, environ={**project.environ, "MINIDATA_ENGINE_URL": "postgresql://u@127.0.0.1:9/x"})

        with pytest.raises(EngineError):
            self.expired(gone, Rule(keep=1))
        assert len(self.expired(gone, Rule(keep=1), even_if_needed=True).removed) == 1

    def test_something_must_say_what_is_old(self) -> None:
        with pytest.raises(ConfigError, match="nothing says what is old"):
            Rule()
        assert [age("12h"), age("90d"), age("2w")] == [timedelta(hours=12), timedelta(days=90), timedelta(days=14)]
        for odd in ("90", "d", "-1d", "1.5d", "1y", "\N{FULLWIDTH DIGIT NINE}d", "1d "):
            with pytest.raises(ConfigError, match="is no age"):
                age(odd)
