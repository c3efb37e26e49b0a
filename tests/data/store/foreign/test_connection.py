"""Other people's databases: read in batches, never written, and no password in any message."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from threading import Timer

import psycopg
import pytest
from sqlalchemy import create_engine, make_url

from data.store.foreign import guards as foreign_guards
from data.store.foreign.connection import ForeignDatabase, ForeignDown
from data.store.foreign.guards import Watchdog, driver_timeouts, session_statements
from tests.conftest import Limit


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "orang lain.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE t (id INTEGER, nama TEXT)")
        db.executemany("INSERT INTO t VALUES (?, ?)", [(n, f"nama {n}") for n in range(25)])
    db.close()
    return path


@pytest.fixture
def theirs(postgres_server: str) -> Iterator[str]:
    """The same in PostgreSQL; a test that failed may still hold its connection, and nothing waits for that."""
    engine = create_engine(postgres_server.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as conn:
        conn.exec_driver_sql("CREATE SCHEMA asing")
        conn.exec_driver_sql(
            "CREATE TABLE asing.t AS SELECT n AS id, 'nama ' || n AS nama FROM generate_series(0, 24) n"
        )
    yield postgres_server
    with engine.begin() as conn:
        conn.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
        conn.exec_driver_sql("DROP SCHEMA asing CASCADE")
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Address and table."""
    if request.param == "sqlite":
        return f"sqlite:///{request.getfixturevalue('file')}", "t"
    return request.getfixturevalue("theirs"), "asing.t"


def running_watchdogs() -> list[Timer]:
    """Of this process; timers of others are none of them."""
    timers = [each for each in threading.enumerate() if isinstance(each, Timer) and not each.finished.is_set()]
    return [each for each in timers if isinstance(getattr(each.function, "__self__", None), Watchdog)]


def all_of(url: str, query: str, size: int = 10, **values: object) -> list[tuple[object, ...]]:
    return [row for _, rows in ForeignDatabase(url).batches(query, values, size) for row in rows]


def test_rows_come_in_batches(database: tuple[str, str]):
    url, table = database
    query = f"SELECT id, nama FROM {table} WHERE id >= :cursor ORDER BY id"
    got = list(ForeignDatabase(url).batches(query, {"cursor": 3}, 10))
    assert [len(rows) for _, rows in got] == [10, 10, 2]
    assert {tuple(columns) for columns, _ in got} == {("id", "nama")}
    assert got[0][1][0] == (3, "nama 3")


def test_no_rows_are_told_with_their_columns(database: tuple[str, str]):
    url, table = database
    assert list(ForeignDatabase(url).batches(f"SELECT id FROM {table} WHERE id < 0", {}, 10)) == [(("id",), ())]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM {t} RETURNING id",
        "INSERT INTO {t} VALUES (99, 'x') RETURNING id",
        "WITH gone AS (DELETE FROM {t} RETURNING id) SELECT id FROM gone",
        "CREATE TABLE baru (a INTEGER)",
        "PRAGMA query_only = OFF",
    ],
)
def test_the_connection_itself_refuses_to_write(statement: str, database: tuple[str, str]):
    url, table = database
    with pytest.raises(ForeignDown):
        all_of(url, statement.format(t=table))
    assert len(all_of(url, f"SELECT id FROM {table}")) == 25


def test_what_a_select_could_change_is_refused_too(file: Path, theirs: str):
    with pytest.raises(ForeignDown, match="readonly database"):
        all_of(f"sqlite:///{file}", "DELETE FROM t RETURNING id")
    with pytest.raises(ForeignDown, match="read-only transaction"):
        all_of(theirs, "SELECT lo_create(0)")


def test_nothing_in_the_session_can_turn_writing_on_again(theirs: str):
    with pytest.raises(ForeignDown, match="read-write mode"):
        all_of(theirs, "SELECT set_config('transaction_read_only', 'off', false)")


def test_a_query_that_takes_too_long_is_stopped(file: Path, theirs: str):
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    for url, said in ((f"sqlite:///{file}", "tidak selesai dalam 0.05 detik"), (theirs, "statement timeout")):
        with pytest.raises(ForeignDown, match=f"{said}.*; ringankan kuerinya"):
            list(ForeignDatabase(url, timeout_s=0.05).batches(endless, {}, 10))


def test_while_rows_are_stored_no_watch_runs(database: tuple[str, str]):
    url, table = database
    batches = ForeignDatabase(url, timeout_s=5).batches(f"SELECT id FROM {table} ORDER BY id", {}, 10)
    with closing(batches):
        next(batches)
        assert not running_watchdogs()
        assert sum(len(rows) for _, rows in batches) == 15


def test_a_postgresql_that_says_nothing_any_more_is_let_go(theirs: str, limit: Limit):
    limit(foreign_guards, "_GRACE_S", 0.0)
    batches = ForeignDatabase(theirs, timeout_s=2).batches("SELECT pg_backend_pid(), id FROM asing.t", {}, 10)
    ((process, _), *_) = next(batches)[1]
    os.kill(process, signal.SIGSTOP)
    try:
        with pytest.raises(ForeignDown, match=r"tidak selesai dalam 2 detik; ringankan kuerinya"):
            next(batches)
    finally:
        os.kill(process, signal.SIGCONT)


def lets_in_and_is_silent(listener: socket.socket) -> None:
    """As a pool does that has no connection left: the login succeeds, nothing is answered."""
    line, _ = listener.accept()
    with line:
        while int.from_bytes(line.recv(4)) == 8:  # may it be encrypted?
            line.recv(4)
            line.sendall(b"N")
        line.recv(4096)
        line.sendall(b"R\x00\x00\x00\x08\x00\x00\x00\x00Z\x00\x00\x00\x05I")
        while line.recv(4096):
            pass


def test_a_postgresql_that_lets_us_in_and_says_nothing_is_let_go(limit: Limit):
    limit(foreign_guards, "_GRACE_S", 0.0)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=lets_in_and_is_silent, args=(listener,), daemon=True).start()
        url = f"postgresql://baca:rahasia@127.0.0.1:{listener.getsockname()[1]}/dinas?gssencmode=disable"
        with pytest.raises(ForeignDown, match=r"dinas: menerima koneksi, lalu tidak menjawab dalam 1 detik; ") as down:
            list(ForeignDatabase(url, timeout_s=1).batches("SELECT 1", {}, 10))
    assert "rahasia" not in str(down.value)
    assert not running_watchdogs()


def test_a_table_that_somebody_holds_is_told_and_not_waited_for(theirs: str):
    engine = create_engine(theirs.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as conn:
        conn.exec_driver_sql("LOCK TABLE asing.t")
        with pytest.raises(ForeignDown, match="dikunci pihak lain"):
            list(ForeignDatabase(theirs, timeout_s=0.2).batches("SELECT id FROM asing.t", {}, 10))
    engine.dispose()


ODD = {
    "timestamp": ["infinity", "-infinity", "0044-03-15 00:00:00 BC", "20206-01-01 00:00:00"],
    "timestamptz": ["infinity", "20206-01-01 00:00:00+07"],
    "date": ["infinity", "0001-01-01 BC", "20206-01-01"],
    "time": ["24:00:00"],
}


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in ODD.items() for value in values])
def test_a_moment_that_python_does_not_have_comes_as_its_text(kind: str, value: str, theirs: str):
    query = f"SELECT CAST(a AS {kind}) FROM (VALUES (NULL), ('{value}')) AS v (a)"
    assert list(ForeignDatabase(theirs, zone="Asia/Jakarta").batches(query, {}, 10)) == [(("a",), [(None,), (value,)])]


def test_times_of_a_database_are_compared_in_the_zone_that_they_are_read_in(theirs: str):
    query = "SELECT CAST('2026-07-01 02:00:00+00' AS timestamptz) = :cursor"
    found = ForeignDatabase(theirs, zone="Asia/Jakarta").batches(query, {"cursor": datetime(2026, 7, 1, 9, 0)}, 10)
    assert [rows for _, rows in found] == [[(True,)]]


def test_in_a_postgresql_without_an_encoding_a_wrong_text_spoils_no_other(theirs: str):
    admin = psycopg.connect(theirs, autocommit=True)
    admin.execute("CREATE DATABASE lama ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    url = str(make_url(theirs).set(database="lama").render_as_string(hide_password=False))
    try:
        query = "SELECT convert_from(a, 'SQL_ASCII') AS a FROM (VALUES ('\\x436166e9'::bytea), ('\\x436166c3a9')) v (a)"
        assert [row for _, rows in ForeignDatabase(url).batches(query, {}, 10) for row in rows] == [
            ("Caf\udce9",),
            ("Café",),
        ]
    finally:
        admin.execute("DROP DATABASE lama WITH (FORCE)")
        admin.close()


def test_a_reader_that_goes_away_leaves_no_lock(file: Path):
    batches = ForeignDatabase(f"sqlite:///{file}").batches("SELECT id FROM t ORDER BY id", {}, 5)
    next(batches)
    batches.close()
    with sqlite3.connect(file, timeout=0) as db:
        db.execute("DELETE FROM t")
    db.close()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("sqlite:////tidak/ada/db.sqlite", "unable to open database file"),
        ("sqlite://", "perlu nama berkas"),
        ("sqlite:///:memory:", "perlu nama berkas"),
        ("postgresql://u:rahasia@127.0.0.1:1/x", r"postgresql 127\.0\.0\.1:1/x: .*(refused|failed)"),
        ("mysql://u:rahasia@127.0.0.1:1/x", r"mysql 127\.0\.0\.1:1/x: .*connect"),
        ("postgresql+psycopg2://u:rahasia@h/x", "driver psycopg2 belum terpasang; pasang paket psycopg2-binary"),
        ("mysql+mysqldb://u:rahasia@h/x", "pasang paket mysqlclient"),
        ("mysql+mysqlconnector://u:rahasia@h/x", "pasang paket mysql-connector-python"),
        ("postgresql+asyncpg://u:rahasia@h/x", r"postgresql\+asyncpg tidak dapat dipakai di sini; pakai postgresql://"),
        ("postgresql://u:rahasia@127.0.0.1:1/x?kucing=1", "periksa pilihan di belakang"),
        ("postgresql://u:rahasia@tiada.invalid/x", "periksa host dan port"),
        ("mssql+pyodbc://u:rahasia@h/x", "driver pyodbc belum terpasang; pasang paket pyodbc"),
        ("oracle+oracledb://u:rahasia@h/x", "pasang paket oracledb"),
        ("firebird://u:rahasia@h/x", "pasang paket sqlalchemy-firebird"),
        ("jdbc:oracle:rahasia", "tidak dapat dibaca"),
        ("kucing://u:rahasia@h/x", "jenis database 'kucing' tidak dikenal"),
        ("postgresql://u:rahasia@h:port/x", "tidak dapat dibaca"),
        ("rahasia", "tidak dapat dibaca"),
        ("", "tidak dapat dibaca"),
    ],
)
def test_an_address_that_does_not_work_is_explained_without_its_password(address: str, said: str):
    with pytest.raises(ForeignDown, match=said) as fault:
        all_of(address, "SELECT 1")
    assert "rahasia" not in str(fault.value)


def test_a_file_that_is_missing_is_not_made(tmp_path: Path):
    with pytest.raises(ForeignDown):
        all_of(f"sqlite:///{tmp_path}/baru.db", "SELECT 1")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_said_so(tmp_path: Path):
    (tmp_path / "a.db").write_bytes(b"bukan database " * 100)
    with pytest.raises(ForeignDown, match="not a database"):
        all_of(f"sqlite:///{tmp_path}/a.db", "SELECT * FROM t")


def test_a_wrong_column_is_named(database: tuple[str, str]):
    url, table = database
    with pytest.raises(ForeignDown, match="tidak_ada"):
        all_of(url, f"SELECT tidak_ada FROM {table}")


def test_text_that_is_not_utf8_spoils_no_other_row(file: Path):
    with sqlite3.connect(file) as db:
        db.execute("INSERT INTO t VALUES (100, CAST(x'FF41' AS TEXT))")
    db.close()
    assert all_of(f"sqlite:///{file}", "SELECT nama FROM t WHERE id >= 24 ORDER BY id") == [("nama 24",), ("\udcffA",)]


def test_oracle_is_told_to_refuse_writing_too_and_sql_server_cannot_be():
    assert session_statements("oracle", 2, "UTC") == ("SET TRANSACTION READ ONLY",)
    assert session_statements("mssql", 2, "UTC") == ()


def test_what_an_address_says_of_its_connection_counts():
    assert driver_timeouts(make_url("postgresql+psycopg://h/x?connect_timeout=3"), 60) == {"client_encoding": "utf8"}
    assert driver_timeouts(make_url("mysql+pymysql://h/x"), 60) == {"connect_timeout": 10, "read_timeout": 70}
    assert driver_timeouts(make_url("mysql+cymysql://h/x"), 60) == {}
