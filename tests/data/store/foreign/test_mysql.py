"""MySQL and MariaDB, over their protocol: what is said to them, what is read, and when they are let go."""

from __future__ import annotations

import gc
import sys
from datetime import datetime
from typing import Any

import pytest

from data.store.foreign import guards as foreign_guards
from data.store.foreign.connection import ForeignDatabase, ForeignDown
from data.store.foreign.guards import session_statements
from tests.conftest import Limit
from tests.data.store.foreign.mysql_server import (
    BIT,
    DATE,
    DATETIME,
    LONGLONG,
    VAR_STRING,
    Fault,
    Server,
    Table,
    running,
)

QUERY = "SELECT * FROM laporan"
NUMBERS = [[str(n).encode()] for n in range(30)]
IDS = [("id", LONGLONG)]


def all_of(url: str, timeout_s: float = 60) -> list[tuple[Any, ...]]:
    return [row for _, rows in ForeignDatabase(url, timeout_s=timeout_s).batches(QUERY, {}, 10) for row in rows]


def down(server: Server, timeout_s: float = 60) -> str:
    """What is told of a server that cannot be read."""
    with running(server) as url, pytest.raises(ForeignDown) as fault:
        all_of(url, timeout_s)
    assert "sandi-rahasia" not in str(fault.value)
    return str(fault.value)


def test_before_anything_else_the_session_is_made_one_that_cannot_write_or_wait_for_ever():
    server = Server(Table(IDS, NUMBERS))
    with running(server) as url:
        list(ForeignDatabase(url, zone="Asia/Jakarta").batches(QUERY, {}, 10))
    said = server.said[: server.said.index(QUERY)]
    assert said[-6:] == [
        "SET SESSION max_statement_time = 3600",
        "SET SESSION lock_wait_timeout = 5",
        "SET SESSION net_write_timeout = 600",
        "SET SESSION time_zone = '+07:00'",
        "SET SESSION TRANSACTION READ ONLY",
        "START TRANSACTION READ ONLY",
    ]
    assert server.said[-1] == "ROLLBACK"


@pytest.mark.parametrize(
    ("dialect", "is_mariadb", "limit"),
    [
        ("mysql", False, "max_execution_time = 3600000"),
        ("mysql", True, "max_statement_time = 3600"),
        ("mariadb", False, "max_statement_time = 3600"),
    ],
)
def test_mysql_and_mariadb_call_their_limit_differently(dialect: str, is_mariadb: bool, limit: str):
    assert session_statements(dialect, 60, "UTC", is_mariadb=is_mariadb)[0] == f"SET SESSION {limit}"


@pytest.mark.parametrize(
    ("zone", "told"),
    [("Asia/Jayapura", "+09:00"), ("UTC", "+00:00"), ("America/Caracas", "America/Caracas"), ("Europe/Rome",) * 2],
)
def test_a_zone_is_told_by_its_offset_unless_that_changes(zone: str, told: str):
    assert f"SET SESSION time_zone = '{told}'" in session_statements("mysql", 60, zone)


def test_values_are_read_whatever_they_are():
    columns = [("id", LONGLONG), ("dihapus", BIT), ("dibuat", DATETIME), ("mulai", DATE), ("judul", VAR_STRING)]
    rows = [
        [b"18446744073709551615", b"\x00", b"2026-07-01 09:00:00", b"0000-00-00", "😀 Café".encode()],
        [b"2", b"\x01", b"0000-00-00 00:00:00", None, b""],
        [b"3", None, b"2026-07-00 10:00:00", b"2026-00-00", None],
    ]
    with running(Server(Table(columns, rows))) as url:
        found = all_of(url)
    assert found == [
        (18446744073709551615, 0, datetime(2026, 7, 1, 9, 0), "0000-00-00", "😀 Café"),
        (2, 1, "0000-00-00 00:00:00", None, ""),
        (3, None, "2026-07-00 10:00:00", "2026-00-00", None),
    ]


@pytest.mark.parametrize("after", [0, 15], ids=["before the first row", "in the middle"])
def test_a_query_that_hangs_is_let_go_and_ended_at_the_server(after: int):
    server = Server(Table(IDS, NUMBERS, hangs_after=after))
    assert "tidak selesai dalam 0.1 detik; ringankan kuerinya" in down(server, 0.1)
    assert server.killed == {1}


def test_a_server_that_says_nothing_at_all_is_let_go(limit: Limit):
    limit(foreign_guards, "_GRACE_S", 0.1)
    assert "timed out" in down(Server(Table(IDS), greets=False), 0.1)


@pytest.mark.parametrize("after", [0, 15], ids=["before the first row", "in the middle"])
def test_a_server_that_goes_away_is_one_line_and_no_traceback(after: int, monkeypatch: pytest.MonkeyPatch):
    unforeseen: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", unforeseen.append)
    said = down(Server(Table(IDS, NUMBERS, breaks_after=after)))
    gc.collect()
    assert said.endswith("Lost connection to MySQL server during query (2013); koneksi terputus; dicoba lagi sendiri")
    assert unforeseen == []


@pytest.mark.filterwarnings("error")
def test_a_reader_that_goes_away_does_not_read_the_rest_first():
    server = Server(Table(IDS, [[b"1" * 200]] * 200_000))
    with running(server) as url:
        batches = ForeignDatabase(url).batches(QUERY, {}, 10)
        next(batches)
        batches.close()
    assert server.sent < 200_000
    assert server.said[-1] == QUERY


@pytest.mark.parametrize(
    ("code", "state", "text", "hint_for"),
    [
        (1045, "28000", "Access denied for user 'a'@'h' (using password: YES)", "sandi dalam alamatnya"),
        (1045, "28000", "Access denied for user 'a'@'h' (using password: YES)", "bila server meminta TLS"),
        (3159, "HY000", "Connections using insecure transport are prohibited", "?ssl_ca=BERKAS.pem"),
        (1044, "42000", "Access denied for user 'a'@'%' to database 'x'", "periksa nama databasenya"),
        (1049, "42000", "Unknown database 'x'", "periksa nama databasenya"),
        (1130, "HY000", "Host 'h' is not allowed to connect to this MariaDB server", "mengizinkan koneksi"),
        (1142, "42000", "SELECT command denied to user 'a'@'h' for table `x`.`t`", "minta izin SELECT"),
        (1146, "42S02", "Table 'x.t' doesn't exist", "perbaiki `query`"),
        (1054, "42S22", "Unknown column 'a' in 'SELECT'", "perbaiki `query`"),
        (1792, "25006", "Cannot execute statement in a READ ONLY transaction", "hendak menulis"),
        (1969, "70100", "Query execution was interrupted (max_statement_time exceeded)", "ringankan kuerinya"),
        (1205, "HY000", "Lock wait timeout exceeded; try restarting transaction", "dikunci pihak lain"),
        (1040, "08004", "Too many connections", "terlalu banyak koneksi"),
        (1193, "HY000", "Unknown system variable 'max_execution_time'", "terlalu tua"),
        (1298, "HY000", "Unknown or incorrect time zone: 'Europe/Rome'", "zona waktu"),
        (4242, "HY000", "Something that nobody foresaw", "periksa databasenya, alamat dan izin bacanya"),
    ],
)
def test_every_fault_says_what_to_do(code: int, state: str, text: str, hint_for: str):
    fault = Fault(code, state, text)
    at_login = code in (1040, 1044, 1045, 1049, 1130, 3159)
    said = down(Server(Table(IDS), login=fault) if at_login else Server(fault))
    assert said.startswith("mysql 127.0.0.1:")
    assert f"{text} ({code}); " in said
    assert hint_for in said


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("kucing=1", "periksa pilihan di belakang"),
        ("charset=kucing", "periksa pilihan di belakang"),
        ("connect_timeout=lama", "alamat database tidak dapat dipakai|periksa"),
        ("ssl_ca=/tiada/ca.pem", "periksa berkas yang disebut dalam alamatnya"),
    ],
)
def test_an_option_that_the_driver_does_not_know_is_told(option: str, said: str):
    with running(Server(Table(IDS))) as url, pytest.raises(ForeignDown, match=said) as fault:
        all_of(f"{url}?{option}")
    assert "sandi-rahasia" not in str(fault.value)
