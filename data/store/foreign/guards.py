"""What keeps somebody else's database safe from us, and us from it: by kind of database and by driver.

SQL Server knows no read-only transaction, and its limits and Oracle's are those that their drivers offer.
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
"""How much longer than a limit that the server keeps we wait for it to say so."""
_STREAM_S = 3600
"""MySQL counts the time in which we store what came; there we keep the limit, and it ends what outlives us."""
_STALL_S = 600
"""How long MySQL may wait for us to take more."""


class Watch:
    """Lets go of a database that keeps us waiting: what is awaited under it ends with an error of the driver's."""

    def __init__(self, for_s: float, let_go: Callable[[], None]) -> None:
        self.expired = False
        """Whether it took too long."""
        self._for_s, self._let_go = for_s, let_go

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Around everything that the database has to answer."""
        timer = threading.Timer(self._for_s, self._expire)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _expire(self) -> None:
        self.expired = True
        with suppress(SQLAlchemyError, sqlite3.Error, psycopg.Error, OSError):  # it ended meanwhile, or will by itself
            self._let_go()


@contextmanager
def opening(engine: Engine, timeout_s: float) -> Iterator[list[Watch]]:
    """Around a new connection: psycopg's knows no limit of its own once it is let in. Gives the watches on it."""
    watches: list[Watch] = []
    with ExitStack() as open_now:

        def opened(dbapi: Any, _record: object) -> None:
            if isinstance(dbapi, psycopg.Connection):
                watches.append(Watch(timeout_s + _GRACE_S, lambda: _hang_up(dbapi)))
                open_now.enter_context(watches[-1].waiting())

        event.listen(engine, "connect", opened, insert=True)  # before SQLAlchemy asks it the first thing
        try:
            yield watches
        finally:
            event.remove(engine, "connect", opened)


def guards(dialect: str, timeout_s: float, zone: str, *, is_mariadb: bool = False) -> tuple[str, ...]:
    """What is said first, so that nothing can write or take for ever; where it matters, times are those of `zone`."""
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
            "SET SESSION TRANSACTION READ ONLY",  # what creates, alters or drops ends the transaction before it begins
            "START TRANSACTION READ ONLY",
        )
    return ("SET TRANSACTION READ ONLY",) if dialect == "oracle" else ()


def waits(url: URL, timeout_s: float) -> dict[str, Any]:
    """How the driver connects and how long it waits, but for what the address says itself."""
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


def watched(conn: Connection, again: Engine, timeout_s: float) -> Watch:
    """A watch on what this connection has to answer; `again` reaches the same server."""
    dialect, dbapi = conn.dialect.name, conn.connection.driver_connection
    if dialect == "sqlite" and dbapi is not None:
        return Watch(timeout_s, dbapi.interrupt)
    if dialect in MYSQL:
        number = int(conn.exec_driver_sql("SELECT CONNECTION_ID()").scalar_one())
        return Watch(timeout_s, lambda: _kill(again, number))
    if isinstance(dbapi, psycopg.Connection):
        return Watch(timeout_s + _GRACE_S, lambda: _hang_up(dbapi))
    _limit(conn.dialect.driver, dbapi, timeout_s)
    return Watch(timeout_s, lambda: None)


def cut(conn: Connection, dbapi: Any) -> None:
    """Hang up in the middle of a result: PyMySQL would first read all that is left of it, or fail to."""
    rest = getattr(dbapi, "_result", None)
    if rest is not None and hasattr(rest, "unbuffered_active"):
        rest.unbuffered_active = False
    conn.invalidate()


def _kill(again: Engine, number: int) -> None:
    """Whoever may connect may end what is his own."""
    with again.connect() as conn:
        conn.exec_driver_sql(f"KILL {number}")


def _hang_up(dbapi: psycopg.Connection[Any]) -> None:
    with socket.socket(fileno=os.dup(dbapi.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)


def _limit(driver: str, dbapi: Any, timeout_s: float) -> None:
    """Drivers that keep the limit themselves."""
    if driver == "oracledb":
        dbapi.call_timeout = max(1, int(timeout_s * 1000))
    elif driver == "pyodbc":
        dbapi.timeout = math.ceil(timeout_s)


def _as_offset(zone: str) -> str:
    """`+07:00`, as every MySQL understands it; a zone with summer time by its name."""
    there = ZoneInfo(zone)
    found = {f"{datetime(year, month, 1, tzinfo=there):%z}" for year in range(2000, 2040) for month in (1, 7)}
    return zone if len(found) > 1 else f"{(only := found.pop())[:3]}:{only[3:]}"
