"""Other people's databases: read in batches, never written, and no password in any message."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from data.store.foreign import Foreign, ForeignDown, guards


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
    """The same in PostgreSQL."""
    engine = create_engine(postgres_server.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as conn:
        conn.exec_driver_sql("CREATE SCHEMA asing")
        conn.exec_driver_sql(
            "CREATE TABLE asing.t AS SELECT n AS id, 'nama ' || n AS nama FROM generate_series(0, 24) n"
        )
    yield postgres_server
    with engine.begin() as conn:
        conn.exec_driver_sql("DROP SCHEMA asing CASCADE")
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Address and table."""
    if request.param == "sqlite":
        return f"sqlite:///{request.getfixturevalue('file')}", "t"
    return request.getfixturevalue("theirs"), "asing.t"


def all_of(url: str, query: str, size: int = 10, **values: object) -> list[tuple[object, ...]]:
    return [row for _, rows in Foreign(url).batches(query, values, size) for row in rows]


def test_rows_come_in_batches(database: tuple[str, str]):
    url, table = database
    query = f"SELECT id, nama FROM {table} WHERE id >= :cursor ORDER BY id"
    got = list(Foreign(url).batches(query, {"cursor": 3}, 10))
    assert [len(rows) for _, rows in got] == [10, 10, 2]
    assert {tuple(columns) for columns, _ in got} == {("id", "nama")}
    assert got[0][1][0] == (3, "nama 3")


def test_no_rows_are_told_with_their_columns(database: tuple[str, str]):
    url, table = database
    assert list(Foreign(url).batches(f"SELECT id FROM {table} WHERE id < 0", {}, 10)) == [(("id",), ())]


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
    for url, said in ((f"sqlite:///{file}", "interrupted"), (theirs, "statement timeout")):
        with pytest.raises(ForeignDown, match=said):
            list(Foreign(url, timeout_s=0.05).batches(endless, {}, 10))


def test_a_slow_reader_of_a_quick_query_is_not_stopped(file: Path):
    foreign = Foreign(f"sqlite:///{file}", timeout_s=5)
    batches = foreign.batches("SELECT a.id FROM t a, t b, t c ORDER BY a.id", {}, 1000)
    next(batches)
    foreign._deadline.start()
    assert sum(len(rows) for _, rows in batches) == 25**3 - 1000


def test_a_reader_that_goes_away_leaves_no_lock(file: Path):
    batches = Foreign(f"sqlite:///{file}").batches("SELECT id FROM t ORDER BY id", {}, 5)
    next(batches)
    batches.close()
    with sqlite3.connect(file, timeout=0) as db:
        db.execute("DELETE FROM t")
    db.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:////tidak/ada/db.sqlite", "unable to open database file"),
        ("sqlite://", "perlu nama berkas"),
        ("sqlite:///:memory:", "perlu nama berkas"),
        ("postgresql://u:rahasia@127.0.0.1:1/x", r"postgresql 127\.0\.0\.1:1/x: .*(refused|failed)"),
        ("mysql://u:rahasia@127.0.0.1:1/x", r"mysql 127\.0\.0\.1:1/x: .*connect"),
        ("postgresql+psycopg2://u:rahasia@h/x", "driver psycopg2 belum terpasang; pasang paket psycopg2-binary"),
        ("mysql+mysqldb://u:rahasia@h/x", "pasang paket mysqlclient"),
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
def test_an_address_that_does_not_work_is_explained_without_its_password(url: str, said: str):
    with pytest.raises(ForeignDown, match=said) as fault:
        all_of(url, "SELECT 1")
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


def test_mysql_and_oracle_are_told_to_refuse_writing_too():
    assert guards("mysql", 1.5) == ("SET SESSION max_execution_time = 1500", "START TRANSACTION READ ONLY")
    assert guards("mysql", 2, is_mariadb=True)[0] == "SET SESSION max_statement_time = 2"
    assert guards("mariadb", 2)[1] == "START TRANSACTION READ ONLY"
    assert guards("oracle", 2) == ("SET TRANSACTION READ ONLY",)
    assert guards("mssql", 2) == ()
