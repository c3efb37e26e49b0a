"""Read-only sessions and time limits for foreign databases, by kind of database and by driver.

SQL Server has no read-only transaction; its time limits, and Oracle's, are those of the drivers.
"""

from __future__ import annotations

import math
import os
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.exc import SQLAlchemyError

MYSQL = ("mysql", "mariadb")
_CONNECT_S = 10
_LOCK_S = 5
_GRACE_S = 10.0
"""How much longer than the server's own time limit we wait, so that the server can report it."""
_STREAM_S = 3600
"""MySQL's limit includes the time in which we store rows. So it is long there and only ends queries of a dead process;
our watchdog keeps the real limit."""
_STALL_S = 600
"""How long MySQL may wait for us to read more rows."""


class Watchdog:
    """A timeout that disconnects from the database, so that the waiting call ends with an error of the driver."""

    def __init__(self, for_s: float, disconnect: Callable[[], None]) -> None:
        self.expired = False
        """Whether the timeout was reached."""
        self._for_s, self._disconnect = for_s, disconnect

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Use around every call that waits for the database."""
        timer = threading.Timer(self._for_s, self._expire)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _expire(self) -> None:
        self.expired = True
        with suppress(
            SQLAlchemyError, sqlite3.Error, psycopg.Error, OSError
        ):  # it ended in the meantime, or ends by itself
            self._disconnect()


@contextmanager
def connect_watchdogs(engine: Engine, timeout_s: float) -> Iterator[list[Watchdog]]:
    """Use around opening a connection: psycopg has no time limit after the login. Yields the watchdogs that run."""
    watchdogs: list[Watchdog] = []
    with ExitStack() as open_now:

        def opened(dbapi: Any, _record: object) -> None:
            if isinstance(dbapi, psycopg.Connection):
                watchdogs.append(Watchdog(timeout_s + _GRACE_S, lambda: _hang_up(dbapi)))
                open_now.enter_context(watchdogs[-1].waiting())

        event.listen(engine, "connect", opened, insert=True)  # before SQLAlchemy asks it the first thing
        try:
            yield watchdogs
        finally:
            event.remove(engine, "connect", opened)


def session_statements(dialect: str, timeout_s: float, zone: str, *, is_mariadb: bool = False) -> tuple[str, ...]:
    """Statements that start a session: read-only, with time limits, and in the time zone `zone` where that matters."""
    ms = max(1, int(timeout_s * 1000))
    if dialect == "postgresql":
        return (
            "SET TRANSACTION READ ONLY",
            f"SET LOCAL statement_timeout = {ms}",
            f"SET LOCAL lock_timeout = {max(1, min(ms // 2, _LOCK_S * 1000))}",
            f"SET LOCAL TIME ZONE '{zone}'",
        )
    if dialect in MYSQL:
        most = max(_STREAM_S, math.ceil(timeout_s))
        maria = is_mariadb or dialect == "mariadb"
        return (
            f"SET SESSION max_statement_time = {most}" if maria else f"SET SESSION max_execution_time = {most * 1000}",
            f"SET SESSION lock_wait_timeout = {_LOCK_S}",
            f"SET SESSION net_write_timeout = {_STALL_S}",
            f"SET SESSION time_zone = '{_as_offset(zone)}'",
            "SET SESSION TRANSACTION READ ONLY",  # DDL would end the transaction before it is checked
            "START TRANSACTION READ ONLY",
        )
    return ("SET TRANSACTION READ ONLY",) if dialect == "oracle" else ()


def driver_timeouts(url: URL, timeout_s: float) -> dict[str, Any]:
    """Connect arguments of the driver with its timeouts, without those that the address sets itself."""
    most = math.ceil(timeout_s + _GRACE_S)
    by_driver: dict[str, dict[str, Any]] = {
        "psycopg": {"connect_timeout": _CONNECT_S, "client_encoding": "utf8"},
        "psycopg2": {"connect_timeout": _CONNECT_S},
        "pymysql": {"connect_timeout": _CONNECT_S, "read_timeout": most},
        "mysqldb": {"connect_timeout": _CONNECT_S, "read_timeout": most},
        "pyodbc": {"timeout": _CONNECT_S},
        "pymssql": {"login_timeout": _CONNECT_S, "timeout": most},
        "oracledb": {"tcp_connect_timeout": _CONNECT_S},
    }
    given = by_driver.get(url.get_driver_name(), {})
    return {name: value for name, value in given.items() if name not in url.query}


def query_watchdog(conn: Connection, again: Engine, timeout_s: float) -> Watchdog:
    """A watchdog for the queries of this connection; `again` connects to the same server, to end a query."""
    dialect, dbapi = conn.dialect.name, conn.connection.driver_connection
    if dialect == "sqlite" and dbapi is not None:
        return Watchdog(timeout_s, dbapi.interrupt)
    if dialect in MYSQL:
        number = int(conn.exec_driver_sql("SELECT CONNECTION_ID()").scalar_one())
        return Watchdog(timeout_s, lambda: _kill(again, number))
    if isinstance(dbapi, psycopg.Connection):
        return Watchdog(timeout_s + _GRACE_S, lambda: _hang_up(dbapi))
    _limit(conn.dialect.driver, dbapi, timeout_s)
    return Watchdog(timeout_s, lambda: None)


def abort(conn: Connection, dbapi: Any) -> None:
    """Close the connection in the middle of a result; otherwise PyMySQL first reads the rest of it, or fails."""
    rest = getattr(dbapi, "_result", None)
    if rest is not None and hasattr(rest, "unbuffered_active"):
        rest.unbuffered_active = False
    conn.invalidate()


def _kill(again: Engine, number: int) -> None:
    """Every user may end their own queries."""
    with again.connect() as conn:
        conn.exec_driver_sql(f"KILL {number}")


def _hang_up(dbapi: psycopg.Connection[Any]) -> None:
    with socket.socket(fileno=os.dup(dbapi.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)


def _limit(driver: str, dbapi: Any, timeout_s: float) -> None:
    """Set the time limit in drivers that have one."""
    if driver == "oracledb":
        dbapi.call_timeout = max(1, int(timeout_s * 1000))
    elif driver == "pyodbc":
        dbapi.timeout = math.ceil(timeout_s)


def _as_offset(zone: str) -> str:
    """`+07:00`, as every MySQL understands it; a zone with summer time by its name."""
    there = ZoneInfo(zone)
    found = {f"{datetime(year, month, 1, tzinfo=there):%z}" for year in range(2000, 2040) for month in (1, 7)}
    return zone if len(found) > 1 else f"{(only := found.pop())[:3]}:{only[3:]}"
