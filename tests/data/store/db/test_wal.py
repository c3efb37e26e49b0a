"""SQLite's write-ahead log does not grow for ever."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from data.store.db import wal
from data.store.db.change_feed import latest, record_change
from data.store.db.engine import Engine, open_engine, reading, writing
from tests.factories import NOW

MEGABYTE = 1 << 20


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Engine]:
    opened = open_engine(sqlite_url, busy_timeout_s=0.5)
    yield opened
    opened.dispose()


def write_much(engine: Engine, megabytes: int) -> None:
    """A transaction for each megabyte."""
    with writing(engine) as conn:
        conn.exec_driver_sql("CREATE TABLE IF NOT EXISTS filler (bytes BLOB)")
    for _ in range(megabytes):
        with writing(engine) as conn:
            conn.exec_driver_sql(f"INSERT INTO filler VALUES (randomblob({MEGABYTE}))")


def test_the_log_that_a_long_reader_let_grow_is_emptied_once_it_is_gone(store: Engine):
    with reading(store) as conn:
        latest(conn)
        write_much(store, 40)
        grown = wal.size(store)
        assert grown > 40 * MEGABYTE
        wal.bound(store, 10 * MEGABYTE)
        assert wal.size(store) == grown, "the reader's picture stands in it"
        assert latest(conn) == 0
    wal.bound(store, 10 * MEGABYTE)
    assert wal.size(store) == 0


def test_without_a_long_reader_the_log_stays_short_by_itself(store: Engine):
    write_much(store, 100)
    assert wal.size(store) < 70 * MEGABYTE


def test_a_short_log_is_left_alone(store: Engine):
    write_much(store, 1)
    before = wal.size(store)
    wal.bound(store, 10 * MEGABYTE)
    assert wal.size(store) == before > 0


def test_a_checkpoint_that_a_reader_stops_does_not_stop_writers(store: Engine):
    with reading(store) as conn:
        latest(conn)
        write_much(store, 2)
        tries = threading.Thread(target=wal.bound, args=(store, MEGABYTE))
        tries.start()
        with writing(store) as other:
            record_change(other, "note", NOW)
        tries.join()
    with reading(store) as conn:
        assert latest(conn) == 1


def test_a_process_that_stops_leaves_all_in_the_one_file(store: Engine, tmp_path: Path):
    with writing(store) as conn:
        record_change(conn, "note", NOW)
    assert wal.size(store) > 0
    wal.settle(store)
    assert wal.size(store) == 0
    copied = tmp_path / "copied.db"
    copied.write_bytes(Path(store.url.database or "").read_bytes())
    with closing(open_engine(f"sqlite:///{copied}").raw_connection()) as alone:
        assert alone.cursor().execute("SELECT max(seq) FROM change").fetchone() == (1,)


def test_postgresql_has_no_log_of_ours(postgresql_url: str):
    engine = open_engine(postgresql_url)
    wal.bound(engine, 0)
    wal.settle(engine)
    assert wal.size(engine) == 0
    engine.dispose()
