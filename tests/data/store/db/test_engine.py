"""One writer at a time, readers with one picture, and what happens when the database is locked or gone."""

from __future__ import annotations

import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from data.store.db.change_feed import latest, record_change
from data.store.db.engine import Engine, StoreDown, WriteLock, engine_state, open_engine, reading, writing
from data.store.db.schema.cases import code_counter
from tests.factories import NOW


@pytest.fixture
def hasty(url: str) -> Iterator[Engine]:
    """An engine that does not wait long."""
    opened = open_engine(url, busy_timeout_s=0.2)
    yield opened
    opened.dispose()


def count_up(engine: Engine, times: int) -> None:
    """Read, then write what was read and one more."""
    for _ in range(times):
        with writing(engine) as conn:
            last = conn.execute(select(code_counter.c.last)).scalar_one()
            conn.execute(update(code_counter).values(last=last + 1))


def test_nobody_comes_between_a_reading_and_its_writing(url: str):
    engine, other = (open_engine(url, busy_timeout_s=60) for _ in range(2))
    with writing(engine) as conn:
        conn.execute(code_counter.insert().values(prefix="AW-2611", last=0))
    threads = [threading.Thread(target=count_up, args=(one, 20)) for one in (engine, engine, engine, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine) as conn:
        assert conn.execute(select(code_counter.c.last)).scalar_one() == 80
    for one in (engine, other):
        one.dispose()


def test_a_reader_sees_one_unchanging_picture(engine: Engine):
    with reading(engine) as conn:
        assert latest(conn) == 0
        with writing(engine) as other:
            record_change(other, "note", NOW)
        assert latest(conn) == 0
    with reading(engine) as conn:
        assert latest(conn) == 1


def test_a_second_writer_waits_its_turn_and_then_gives_up(hasty: Engine):
    with writing(hasty), pytest.raises(StoreDown, match="locked"), writing(hasty):
        pass


def test_a_writer_gives_up_on_a_database_that_another_process_holds(hasty: Engine):
    other = open_engine(hasty.url.render_as_string(hide_password=False))
    with writing(other), pytest.raises(StoreDown), writing(hasty):
        pass
    other.dispose()
    with writing(hasty) as conn:
        record_change(conn, "note", NOW)


def test_a_writer_that_failed_leaves_nothing_behind(engine: Engine):
    with pytest.raises(KeyError), writing(engine) as conn:
        record_change(conn, "note", NOW)
        raise KeyError
    with writing(engine) as conn:
        assert latest(conn) == 0


def test_only_a_commit_rings_the_bells(engine: Engine):
    notified: list[int] = []

    def listener() -> None:
        notified.append(1)

    engine_state(engine).listeners.add(listener)
    with pytest.raises(KeyError), writing(engine):
        raise KeyError
    assert notified == []
    with writing(engine):
        pass
    assert notified == [1]


def test_turns_come_in_the_order_of_asking():
    lock, order = WriteLock(), []
    assert lock.acquire(1)

    def take(number: int) -> None:
        assert lock.acquire(60)
        order.append(number)
        lock.release()

    threads = [threading.Thread(target=take, args=(number,)) for number in range(5)]
    for waiting, thread in enumerate(threads, 1):
        thread.start()
        while len(lock._queue) < waiting:
            time.sleep(0.001)
    lock.release()
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]


def test_who_gave_up_waiting_does_not_hold_up_the_others():
    lock = WriteLock()
    assert lock.acquire(0)
    assert not lock.acquire(0.01)
    lock.release()
    assert lock.acquire(0)


@pytest.mark.parametrize("address", ["sqlite://", "sqlite:///:memory:", "mysql://localhost/batt"])
def test_a_database_that_cannot_be_the_store_is_refused(address: str):
    with pytest.raises(ValueError, match="sqlite"):
        open_engine(address)


def test_a_sqlite_store_is_made_for_its_owner_only(tmp_path: Path):
    open_engine(f"sqlite:///{tmp_path}/var/batt.db").dispose()
    assert (tmp_path / "var" / "batt.db").stat().st_mode & 0o077 == 0


def test_a_sqlite_store_that_vanished_is_an_error_and_not_a_new_one(sqlite_url: str):
    engine = open_engine(sqlite_url)
    path = Path(engine.url.database or "")
    path.unlink()
    with pytest.raises(StoreDown), reading(engine):
        pass
    assert not path.exists()


def test_sqlite_writes_ahead_and_checks_foreign_keys(sqlite_url: str):
    engine = open_engine(sqlite_url)
    with reading(engine) as conn:
        said = [conn.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "foreign_keys")]
    engine.dispose()
    assert said == ["wal", 1]


def test_readers_are_not_disturbed_by_a_locked_database(sqlite_url: str):
    engine = open_engine(sqlite_url, busy_timeout_s=0.1)
    other = sqlite3.connect(engine.url.database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with reading(engine) as conn:
        assert latest(conn) == 0
    other.close()
    engine.dispose()


def test_connections_lost_with_the_server_are_made_again(postgresql_url: str):
    engine = open_engine(postgresql_url)
    other = open_engine(postgresql_url)
    with reading(engine) as conn:
        latest(conn)
    with other.begin() as conn:
        everybody_else = "backend_type = 'client backend' AND pid <> pg_backend_pid()"
        conn.exec_driver_sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {everybody_else}")
    with reading(engine) as conn:
        assert latest(conn) == 0
    with writing(engine) as conn:
        assert record_change(conn, "note", NOW) == 1
    for one in (engine, other):
        one.dispose()


def test_a_misspelt_table_fails_loudly_and_is_no_store_that_is_down(engine: Engine):
    with pytest.raises(DBAPIError) as told, reading(engine) as conn:
        conn.exec_driver_sql("SELECT * FROM kases")
    assert not isinstance(told.value, StoreDown)


def test_a_server_that_is_not_there_is_a_store_that_is_down():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    engine = open_engine(f"postgresql://nobody@127.0.0.1:{port}/batt")
    with pytest.raises(StoreDown), reading(engine):
        pass
    engine.dispose()


def test_a_lock_that_does_not_come_in_time_is_a_store_that_is_down(postgresql_url: str):
    engine = open_engine(postgresql_url, busy_timeout_s=0.1)
    other = open_engine(postgresql_url)
    with reading(other) as holder:
        holder.exec_driver_sql('LOCK TABLE "case" IN ACCESS SHARE MODE')
        with pytest.raises(StoreDown), writing(engine) as conn:
            conn.exec_driver_sql('LOCK TABLE "case" IN ACCESS EXCLUSIVE MODE')
    for one in (engine, other):
        one.dispose()


def test_a_full_disk_is_a_store_that_is_down(sqlite_url: str):
    engine = open_engine(sqlite_url)
    with pytest.raises(StoreDown, match="full"), writing(engine) as conn:
        conn.exec_driver_sql(f"PRAGMA max_page_count = {conn.exec_driver_sql('PRAGMA page_count').scalar()}")
        conn.exec_driver_sql("CREATE TABLE filler AS SELECT randomblob(1000000) AS bytes")
    engine.dispose()
