"""Reads databases of other organisations, and never writes to them, whatever the query is.

The connection itself refuses to write: SQLite opens the file read-only; PostgreSQL, MySQL and Oracle use a read-only
transaction. For other databases only the check of the query (`ingest.sources.sql.query`) and the rollback at the end
protect; use a read-only user everywhere. Messages contain the host of an address, never user or password.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, CursorResult, Engine, NullPool, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from data.domain.reasons import Reason, reason
from data.store.foreign.faults import DRIVER_ERRORS, LATER, TOO_LONG, describe_error, safe_address
from data.store.foreign.guards import (
    Watchdog,
    abort,
    connect_watchdogs,
    driver_timeouts,
    query_watchdog,
    session_statements,
)
from data.store.foreign.values import Values, decode_leniently, row_reader, tolerate_bad_values
from data.texts import ReasonError

_DEFAULT_DRIVERS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql", "mariadb": "mariadb+pymysql"}
"""The installed driver, for addresses that name no driver."""
_ASYNC_DRIVERS = frozenset({"aiomysql", "aioodbc", "asyncmy", "asyncpg", "oracledb_async", "psycopg_async"})
"""Drivers that need an event loop."""
_PACKAGES = {
    "psycopg2": "psycopg2-binary",
    "MySQLdb": "mysqlclient",
    "oracledb": "oracledb",
    "cx_Oracle": "oracledb (oracle+oracledb://)",
    "pyodbc": "pyodbc (+ apt-get install unixodbc)",
    "pymssql": "pymssql",
    "mssql": "mssql-python",
    "mysql": "mysql-connector-python",
    "fdb": "fdb",
}
"""Packages by the missing module, where their names differ."""
_DIALECTS = {
    "firebird": "sqlalchemy-firebird",
    "db2": "ibm-db-sa",
    "access": "sqlalchemy-access",
    "hana": "sqlalchemy-hana",
}


class ForeignDown(ReasonError, RuntimeError):
    """The database cannot be queried now; the reason says why and what to do, without a password."""


class DriverMissing(ForeignDown):
    """The driver for this kind of database is not installed; `package` contains it."""

    def __init__(self, why: Reason, package: str) -> None:
        super().__init__(why)
        self.package = package


class ForeignDatabase:
    """A foreign database. Connects for each query and disconnects afterwards."""

    def __init__(self, url: str, *, timeout_s: float = 60, zone: str = "UTC") -> None:
        """url: as SQLAlchemy writes it; timeout_s: the time limit for each batch; zone: IANA name, the zone of times
        without one, where the database lets us choose. Raises ForeignDown for a url that cannot be used."""
        self._timeout_s, self._zone = timeout_s, zone
        try:
            self._url = make_url(url)
        except (ArgumentError, ValueError):
            raise ForeignDown(reason("foreign.address_unreadable")) from None
        self.dialect = self._url.get_backend_name()
        """sqlite, postgresql, mysql, mariadb, mssql, oracle, ..."""
        self._engine = self._create_engine()

    def batches(
        self, query: str, values: Mapping[str, object], size: int
    ) -> Iterator[tuple[Sequence[str], Sequence[Values]]]:
        """Yields (column names, at most `size` rows); an empty result yields once, without rows.

        Raises ForeignDown. Memory holds one batch where the driver can stream.
        """
        with self._errors_described(), self._connected() as conn:
            watchdog = query_watchdog(conn, self._engine, self._timeout_s)
            with self._timeouts_described(watchdog):
                with watchdog.waiting():
                    result = self._execute(conn, query, values, size)
                yield from _batches(result, size, watchdog)

    def _execute(self, conn: Connection, query: str, values: Mapping[str, object], size: int) -> CursorResult[Any]:
        maria = bool(getattr(conn.dialect, "is_mariadb", False))
        for statement in session_statements(self.dialect, self._timeout_s, self._zone, is_mariadb=maria):
            conn.exec_driver_sql(statement)
        streamed = conn.execution_options(stream_results=True, max_row_buffer=size, yield_per=size)
        result = streamed.execute(text(query), dict(values))
        if not result.returns_rows:
            raise ForeignDown(reason("foreign.no_rows"))
        return result

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """A connection. When the caller stops early it is aborted, because some drivers would first read all rows."""
        conn, ended = self._open_connection(), False
        dbapi = conn.connection.driver_connection
        try:
            yield conn
            ended = True
        finally:
            if not ended:
                abort(conn, dbapi)
            conn.close()

    def _open_connection(self) -> Connection:
        with connect_watchdogs(self._engine, self._timeout_s) as watchdogs, ExitStack() as undo:
            try:
                conn = undo.enter_context(self._engine.connect())
                tolerate_bad_values(conn)
            except DRIVER_ERRORS:
                if not any(watchdog.expired for watchdog in watchdogs):
                    raise
                at, seconds = safe_address(self._url), f"{self._timeout_s:g}"
                raise ForeignDown(reason("foreign.silent", at=at, seconds=seconds, hint=LATER)) from None
            undo.pop_all()
        return conn

    def _create_engine(self) -> Engine:
        options: dict[str, Any] = {"poolclass": NullPool, "hide_parameters": True}
        if self.dialect == "sqlite":
            return create_engine("sqlite://", creator=self._sqlite_connect(), **options)
        plain = self._url.drivername == self.dialect and self.dialect in _DEFAULT_DRIVERS
        url = self._url.set(drivername=_DEFAULT_DRIVERS[self.dialect]) if plain else self._url
        if url.drivername.partition("+")[2] in _ASYNC_DRIVERS:
            raise ForeignDown(reason("foreign.driver_unfit", driver=url.drivername, dialect=self.dialect))
        try:
            return create_engine(url, connect_args=driver_timeouts(url, self._timeout_s), **options)
        except NoSuchModuleError:
            kind, package = repr(url.drivername[:40]), _DIALECTS.get(self.dialect)
            if package:
                raise DriverMissing(reason("foreign.kind_missing", kind=kind, package=package), package) from None
            raise ForeignDown(reason("foreign.kind_unknown", kind=kind)) from None
        except ImportError as missing:
            name = (missing.name or url.get_driver_name()).partition(".")[0]
            package = _PACKAGES.get(name, name)
            raise DriverMissing(reason("foreign.driver_missing", driver=name, package=package), package) from None
        except (SQLAlchemyError, TypeError, ValueError) as wrong:
            raise ForeignDown(reason("foreign.address_unfit", error=type(wrong).__name__)) from None

    def _sqlite_connect(self) -> Any:
        path, wait_s = self._url.database or "", min(self._timeout_s, 5.0)
        if path in ("", ":memory:") or path.startswith("file:"):
            raise ForeignDown(reason("foreign.no_file_name"))
        address = f"file:{quote(str(Path(path).absolute()))}?mode=ro"

        def connect() -> sqlite3.Connection:
            dbapi = sqlite3.connect(address, uri=True, timeout=wait_s, check_same_thread=False)
            dbapi.execute("PRAGMA query_only = ON")
            dbapi.text_factory = decode_leniently
            return dbapi

        return connect

    @contextmanager
    def _timeouts_described(self, watchdog: Watchdog) -> Iterator[None]:
        """When the watchdog has expired, the timeout is the reason, whatever the driver reports."""
        try:
            yield
        except DRIVER_ERRORS:
            if not watchdog.expired:
                raise
            at, seconds = safe_address(self._url), f"{self._timeout_s:g}"
            raise ForeignDown(reason("foreign.too_slow", at=at, seconds=seconds, hint=TOO_LONG)) from None

    @contextmanager
    def _errors_described(self) -> Iterator[None]:
        try:
            yield
        except ForeignDown:
            raise
        except DRIVER_ERRORS as wrong:
            raise ForeignDown(describe_error(wrong, self._url)) from None


def _batches(
    result: CursorResult[Any], size: int, watchdog: Watchdog
) -> Iterator[tuple[Sequence[str], Sequence[Values]]]:
    columns, read, any_came = tuple(result.keys()), row_reader(result), False
    partitions = result.partitions(size)
    while True:
        with watchdog.waiting():
            rows = next(partitions, None)
        if rows is None:
            break
        any_came = True
        yield columns, [read(row) for row in rows]
    if not any_came:
        yield columns, ()
