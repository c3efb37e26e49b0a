"""The change feed: an ever-growing number that becomes visible in its order."""

from __future__ import annotations

import threading

from data.store.db.change_feed import (
    HISTORY_KEPT,
    Change,
    NewChange,
    delete_old,
    is_complete,
    latest,
    number_at,
    record_change,
    record_changes,
    since,
)
from data.store.db.engine import Engine, open_engine, reading, writing
from tests.factories import HOUR, NOW


def test_changes_are_numbered_in_their_order(engine: Engine):
    with writing(engine) as conn:
        first = record_change(conn, "received", NOW, case_id=7, agency="dlh", source="api")
        more = [NewChange("answered", NOW), NewChange("breached", NOW - HOUR)]
        assert record_changes(conn, more, NOW + HOUR) == [first + 1, first + 2]
        assert record_changes(conn, [], NOW) == []
    with reading(engine) as conn:
        rows = since(conn, 0, 10)
        assert latest(conn) == first + 2
    assert rows[0] == Change(first, NOW, "received", 7, "dlh", "api", 1, NOW)
    assert (rows[2].at, rows[2].recorded_at) == (NOW - HOUR, NOW + HOUR)
    assert [row.kind for row in rows] == ["received", "answered", "breached"]


def test_a_follower_reads_on_from_where_it_was(engine: Engine):
    with writing(engine) as conn:
        record_changes(conn, [NewChange("note", NOW, count=n) for n in range(1, 6)], NOW)
    with reading(engine) as conn:
        first = since(conn, 0, 2)
        rest = since(conn, first[-1].seq, 10)
        assert since(conn, rest[-1].seq, 10) == []
    assert [row.count for row in first + rest] == [1, 2, 3, 4, 5]


def test_nothing_ever_changed_is_zero(engine: Engine):
    with reading(engine) as conn:
        assert latest(conn) == 0


def test_numbers_become_visible_in_order_though_many_write_at_once(url: str):
    engine, done = open_engine(url, busy_timeout_s=60), threading.Event()

    def write() -> None:
        for _ in range(25):
            # Not by `writing`: the feed keeps its order by itself.
            if engine.dialect.name == "postgresql":
                with engine.begin() as conn:
                    record_change(conn, "note", NOW)
            else:
                with writing(engine) as conn:
                    record_change(conn, "note", NOW)

    def read(seen: list[int]) -> None:
        while True:
            finished = done.is_set()
            with reading(engine) as conn:
                new = since(conn, seen[-1] if seen else 0, 1000)
            seen += [row.seq for row in new]
            if finished and not new:
                return

    seen: list[int] = []
    writers = [threading.Thread(target=write) for _ in range(4)]
    reader = threading.Thread(target=read, args=(seen,))
    for thread in [reader, *writers]:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    engine.dispose()
    assert len(seen) == 100
    assert seen == sorted(seen)


def test_old_changes_are_deleted_by_when_they_were_recorded_and_numbers_go_on(engine: Engine):
    with writing(engine) as conn:
        record_changes(conn, [NewChange("received", NOW - 9 * HOUR)] * 3, NOW - 5 * HOUR)
        record_changes(conn, [NewChange("received", NOW - 9 * HOUR)], NOW)
        assert is_complete(conn)
        assert [delete_old(conn, NOW - HOUR, 2) for _ in range(3)] == [2, 1, 0]
        assert delete_old(conn, NOW - 6 * HOUR, 2) == 0
        assert not is_complete(conn)
        assert number_at(conn, NOW) == 4
        assert number_at(conn, NOW - 2 * HOUR) == 0
    with writing(engine) as conn:
        assert delete_old(conn, NOW + HOUR, 10) == 0, "the newest stays"
        assert record_change(conn, "note", NOW) == 5


def test_the_change_from_which_on_the_past_is_kept_stays(engine: Engine):
    with writing(engine) as conn:
        kinds = ("received", HISTORY_KEPT, "received", "received")
        record_changes(conn, [NewChange(kind, NOW) for kind in kinds], NOW)
        assert delete_old(conn, NOW + HOUR, 10) == 2
    with reading(engine) as conn:
        assert [(row.seq, row.kind) for row in since(conn, 0, 10)] == [(2, HISTORY_KEPT), (4, "received")]
