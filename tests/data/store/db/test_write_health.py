"""Whether the store can be written: known at the first fault, with its reason, and forgotten at the next commit."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from data.store.db.change_feed import latest, record_change
from data.store.db.engine import Engine, StoreDown, engine_state, open_engine, reading, writing
from data.store.db.write_health import Trouble, WriteHealth, trouble_of
from tests.factories import NOW


def trouble(engine: Engine) -> Trouble | None:
    failing = engine_state(engine).health.failing
    return None if failing is None else failing.trouble


def write(engine: Engine) -> None:
    with writing(engine) as conn:
        record_change(conn, "note", NOW)


def test_a_commit_says_that_the_store_can_be_written(engine: Engine):
    assert engine_state(engine).health.written_s_ago is None
    write(engine)
    assert engine_state(engine).health.written_s_ago is not None
    assert trouble(engine) is None


def test_a_full_disk_is_known_at_the_first_write_and_forgotten_when_there_is_room(sqlite_url: str):
    engine = open_engine(sqlite_url)
    with pytest.raises(StoreDown), writing(engine) as conn:
        conn.exec_driver_sql(f"PRAGMA max_page_count = {conn.exec_driver_sql('PRAGMA page_count').scalar()}")
        conn.exec_driver_sql("CREATE TABLE filler AS SELECT randomblob(1000000) AS bytes")
    assert trouble(engine) is Trouble.FULL
    with engine.connect() as conn:
        conn.exec_driver_sql("PRAGMA max_page_count = 1000000")
    write(engine)
    assert trouble(engine) is None
    engine.dispose()


def test_a_store_that_others_hold_is_locked(sqlite_url: str):
    engine = open_engine(sqlite_url, busy_timeout_s=0.05)
    other = sqlite3.connect(engine.url.database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreDown):
        write(engine)
    assert trouble(engine) is Trouble.LOCKED
    other.close()
    engine.dispose()


def test_a_file_that_may_only_be_read_is_a_read_only_store(sqlite_url: str):
    engine = open_engine(sqlite_url)
    with engine.connect() as conn:
        conn.exec_driver_sql("PRAGMA query_only = ON")
    with pytest.raises(StoreDown):
        write(engine)
    assert trouble(engine) is Trouble.READ_ONLY
    engine.dispose()


def test_a_corrupt_store_is_known_by_whoever_meets_it_and_stays_so(sqlite_url: str):
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(size - 4096))
    engine = open_engine(sqlite_url)
    with pytest.raises(StoreDown), reading(engine) as conn:
        latest(conn)
    assert trouble(engine) is Trouble.CORRUPT
    engine_state(engine).health.succeeded()
    assert trouble(engine) is Trouble.CORRUPT
    assert path.stat().st_size == size, "it is never replaced"
    engine.dispose()


def test_a_file_that_is_no_database_is_a_corrupt_store_and_not_a_new_one(tmp_path: Path):
    path = tmp_path / "batt.db"
    path.write_bytes(b"not a database at all" * 500)
    engine = open_engine(f"sqlite:///{path}")
    with pytest.raises(StoreDown), reading(engine):
        pass
    assert trouble(engine) is Trouble.CORRUPT
    assert path.read_bytes().startswith(b"not a database")
    engine.dispose()


def test_a_server_that_cannot_be_reached_is_gone(postgresql_url: str):
    engine = open_engine(postgresql_url)
    other = open_engine(postgresql_url)
    with pytest.raises(StoreDown), writing(engine) as conn:
        pid = conn.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with other.begin() as killer:
            killer.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        time.sleep(0.2)
        record_change(conn, "note", NOW)
    assert trouble(engine) is Trouble.GONE
    write(engine)
    assert trouble(engine) is None
    for one in (engine, other):
        one.dispose()


def test_a_wrong_question_is_no_trouble_of_the_store(engine: Engine):
    with pytest.raises(Exception, match="kases"), writing(engine) as conn:
        conn.execute(text("INSERT INTO kases VALUES (1)"))
    assert trouble(engine) is None


def test_the_moment_of_the_first_fault_stays_while_others_follow():
    health = WriteHealth()
    health.failed(Trouble.LOCKED)
    first = health.failing
    health.failed(Trouble.FULL)
    assert first is not None
    assert health.failing is not None
    assert (health.failing.since, health.failing.trouble) == (first.since, Trouble.FULL)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (psycopg.errors.DiskFull(), Trouble.FULL),
        (psycopg.errors.ReadOnlySqlTransaction(), Trouble.READ_ONLY),
        (psycopg.errors.DataCorrupted(), Trouble.CORRUPT),
        (psycopg.errors.LockNotAvailable(), Trouble.LOCKED),
        (psycopg.errors.AdminShutdown(), Trouble.GONE),
        (psycopg.errors.QueryCanceled(), Trouble.GONE),
        (psycopg.OperationalError(), Trouble.GONE),
        (psycopg.errors.UndefinedTable(), None),
        (psycopg.errors.UniqueViolation(), None),
        (ValueError(), None),
    ],
)
def test_each_fault_of_a_driver_has_one_meaning(error: Exception, expected: Trouble | None):
    assert trouble_of(error) is expected
