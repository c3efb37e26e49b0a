"""Imports that are cut off: by a death, by a stop, by another process, by a full disk. Every row once, all told."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from data.store.db.engine import Engine, StoreDown, reading, writing
from data.store.intake import uploads
from data.store.intake.sources import claim
from ingest.pipeline.pipeline import Pipeline
from ingest.pipeline.reading import RecordReader
from ingest.source import Delivery, Outcome
from ingest.tabular.known_mappings import header_signature
from ingest.uploads.job import ATTEMPTS_MOST
from tests.ingest.doors import NOW, config, ground, long_calendars
from tests.ingest.tabular.books import HEADER, book, in_words
from tests.ingest.uploads.desk import BATCH, ME, OTHER, STRANGE, Desk, FallingStore, results, rows, strange
from tests.store_faults import failing

pytestmark = pytest.mark.both_engines

MANY = 230
DELIVERIES = 3


def queued(desk: Desk, content: bytes) -> str:
    upload_id = desk.asked(content)
    assert desk.uploader.enqueue(upload_id, NOW)
    return upload_id


def is_whole(desk: Desk, upload_id: str, count: int = MANY) -> bool:
    """Every row is a case, once, and has its word."""
    upload = desk.get(upload_id)
    assert (upload.state, upload.done, upload.rows, upload.error) == ("done", count, count, None)
    assert results(upload) == Counter(desk.words(upload_id))
    assert sorted(map(int, desk.ids())) == list(range(count))
    assert [row[0] for row in desk.told(upload_id)] == [str(number) for number in range(count)]
    assert sorted(path.name for path in desk.uploader.storage.input(upload_id).parent.iterdir()) == [
        "hasil.xlsx",
        "masukan",
    ]
    return True


@pytest.mark.parametrize("stored", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, DELIVERIES + 1))
def test_an_import_whose_process_dies_at_any_delivery_goes_on_at_the_next_start(
    sqlite_engine: Engine, tmp_path: Path, at: int, stored: bool
):
    desk = Desk(sqlite_engine, tmp_path, FallingStore(sqlite_engine, at, stored=stored))
    upload_id = queued(desk, rows(*range(MANY)))
    with pytest.raises(StoreDown):
        desk.work()
    cut_off = desk.get(upload_id)
    assert (cut_off.state, cut_off.done) == ("importing", BATCH * (at - 1))
    assert not desk.uploader.storage.result(upload_id).exists()
    again = Desk(sqlite_engine, tmp_path)
    assert again.work() == 1
    assert is_whole(again, upload_id)
    same = min(BATCH, MANY - BATCH * (at - 1)) if stored else 0
    assert results(again.get(upload_id)) == Counter(baru=MANY - same) + Counter(sama=same)


def test_a_workbook_s_import_goes_on_where_it_was_cut_off(sqlite_engine: Engine, tmp_path: Path):
    plain = ["12/03/2026", "08.30", "sampah", "TPS penuh", "x", "Sisir", "Baru", "", ""]
    path = book(tmp_path / "a.xlsx", [list(HEADER), *([str(number), *plain] for number in range(MANY))])
    desk = Desk(sqlite_engine, tmp_path, FallingStore(sqlite_engine, 2, stored=False))
    upload_id = queued(desk, path.read_bytes())
    with pytest.raises(StoreDown):
        desk.work()
    again = Desk(sqlite_engine, tmp_path)
    again.work()
    assert is_whole(again, upload_id)
    assert results(again.get(upload_id)) == {"baru": MANY}


def test_a_death_between_the_result_and_the_word_that_it_is_there_loses_no_outcome(quick_desk: Desk):
    upload_id = queued(quick_desk, rows(*range(5)))

    def says_done(statement: str, values: Sequence[Any]) -> bool:
        return statement.startswith("UPDATE upload ") and "done" in values

    with failing(quick_desk.engine, only=says_done), pytest.raises(StoreDown):
        quick_desk.work(stopping=stops_after(2))
    assert quick_desk.uploader.storage.result(upload_id).exists()
    assert quick_desk.state(upload_id) == "importing"
    quick_desk.work()
    assert is_whole(quick_desk, upload_id, 5)
    assert results(quick_desk.get(upload_id)) == {"baru": 5}


def stops_after(times: int) -> Callable[[], bool]:
    """Says that everything is to stop, from the n-th time on that it is asked."""
    asked = iter(range(times))
    return lambda: next(asked, None) is None


def test_an_import_stops_between_two_deliveries_and_goes_on_at_the_next_start(desk: Desk):
    upload_id = queued(desk, rows(*range(MANY)))
    desk.work(stopping=stops_after(1))
    stopped = desk.get(upload_id)
    assert (stopped.state, stopped.done, results(stopped)) == ("importing", BATCH, {"baru": BATCH})
    assert desk.work(stopping=lambda: True) == 0
    desk.work()
    assert is_whole(desk, upload_id)
    assert results(desk.get(upload_id)) == {"baru": MANY}


def test_two_processes_at_once_take_nothing_twice(engine: Engine, tmp_path: Path):
    one, two = Desk(engine, tmp_path), Desk(engine, tmp_path)
    ids = [queued(one, rows(*range(MANY))), queued(one, strange("A", "B"))]
    threads = [threading.Thread(target=desk.work, args=(owner,)) for desk, owner in ((one, ME), (two, OTHER))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    one.work()
    assert [results(one.get(upload_id)) for upload_id in ids] == [{"baru": MANY}, {"baru": 2}]
    assert len(one.words(ids[0])) == MANY
    assert len(one.ids()) == MANY + 2


def test_whoever_was_taken_over_stores_nothing_more(engine: Engine, tmp_path: Path):
    """The lease ran out at a delivery: the other one finishes, and the first one's next word is refused."""
    other = Desk(engine, tmp_path)

    def overtaken() -> None:
        with writing(engine) as conn:
            assert claim(conn, f"upload:{upload_id}", OTHER, NOW + timedelta(hours=1), 60)
        other.now = NOW + timedelta(hours=1)
        other.work(OTHER)

    class Slow(Pipeline):
        def write_delivery(self, reader: RecordReader, delivery: Delivery, now: datetime, **how: Any) -> list[Outcome]:
            if delivery.records[0].external_id == str(BATCH):
                overtaken()
            return super().write_delivery(reader, delivery, now, **how)

    desk = Desk(engine, tmp_path, Slow(engine, config().city, long_calendars(), ground()))
    upload_id = queued(desk, rows(*range(MANY)))
    desk.work(ME)
    assert is_whole(other, upload_id)
    assert results(other.get(upload_id)) == {"baru": MANY}


def test_an_upload_under_another_s_lease_is_left_alone_until_it_runs_out(desk: Desk):
    upload_id = desk.hand_in(rows(1))
    with writing(desk.engine) as conn:
        claim(conn, f"upload:{upload_id}", "another-host:1", NOW, 60)
    assert desk.work() == 0
    assert desk.state(upload_id) == "looking"
    desk.now += timedelta(seconds=61)
    assert desk.work() == 1
    assert desk.state(upload_id) == "asking"


def test_nobody_waits_for_another_s_long_import_to_have_his_file_looked_through(desk: Desk):
    long = queued(desk, rows(*range(MANY)))
    fresh = desk.hand_in(strange("A"))
    states: list[str] = []

    def stopping() -> bool:
        if desk.state(long) == "importing":
            states.append(desk.state(fresh))
        return False

    with writing(desk.engine) as conn:  # it came while the import was going on
        uploads.change(conn, long, NOW, only_in={"queued"}, state="importing")
        uploads.change(conn, fresh, NOW, only_in={"looking"}, state="asking")
        uploads.change(conn, fresh, NOW, only_in={"asking"}, state="looking")
    desk.work(stopping=stopping)
    assert (desk.state(long), desk.state(fresh)) == ("done", "asking")
    assert states[-1] == "asking"


def test_a_full_disk_fails_the_import_and_it_can_be_gone_on_with(quick_desk: Desk):
    upload_id = queued(quick_desk, rows(*range(MANY)))
    quick_desk.work(stopping=stops_after(1))
    result = quick_desk.uploader.storage.result(upload_id)
    result.mkdir()  # nothing can take its place
    (result / "x").touch()
    quick_desk.work()
    failed = quick_desk.get(upload_id)
    assert failed.state == "failed"
    assert "impor dapat dilanjutkan" in in_words(failed.error)
    (result / "x").unlink()
    result.rmdir()
    assert quick_desk.uploader.enqueue(upload_id, NOW)
    quick_desk.work()
    assert is_whole(quick_desk, upload_id)


def test_a_file_that_is_gone_says_so(quick_desk: Desk):
    upload_id, fresh = queued(quick_desk, rows(1)), quick_desk.hand_in(rows(2))
    for each in (upload_id, fresh):
        quick_desk.uploader.storage.remove(each)
    quick_desk.work()
    for each in (upload_id, fresh):
        assert "unggah lagi" in in_words(quick_desk.get(each).error)


def test_what_our_own_code_stumbles_over_stands_in_nobody_s_way_and_not_for_ever(quick_desk: Desk):
    bad = quick_desk.hand_in(strange("A"), "bad.csv")
    header = header_signature(STRANGE.strip().split(";"))
    with failing(quick_desk.engine, ZeroDivisionError(), only=lambda statement, values: header in values):
        with pytest.raises(ZeroDivisionError):
            quick_desk.work()
        good = quick_desk.hand_in(rows(1), "good.csv")
        for _ in range(ATTEMPTS_MOST - 1):
            with pytest.raises(ZeroDivisionError):
                quick_desk.work()
    assert quick_desk.state(good) == "asking"
    quick_desk.work()
    assert quick_desk.state(bad) == "failed"
    assert "kesalahan program" in in_words(quick_desk.get(bad).error)
    assert not quick_desk.uploader.enqueue(bad, NOW)
    with reading(quick_desk.engine) as conn:
        assert uploads.next_waiting(conn) == []
