"""Other people's databases: read, never written, whatever the query says.

The connection itself refuses to write: SQLite by opening the file read-only, PostgreSQL, MySQL and Oracle by a
read-only transaction. Of other kinds of database only the query's own check and the rollback at the end speak; a user
that may only read is right for all of them. Nothing of an address but its host is ever told.
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
from data.store.foreign.faults import LATER, OF_DRIVERS, TOO_LONG, describe, place
from data.store.foreign.guards import Watch, cut, guards, opening, waits, watched
from data.store.foreign.values import Values, forgiving, lenient, reader
from data.texts import ReasonError

_OURS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql", "mariadb": "mariadb+pymysql"}
"""The driver that is here, where an address names none."""
_NOT_OURS = frozenset({"aiomysql", "aioodbc", "asyncmy", "asyncpg", "oracledb_async", "psycopg_async"})
"""Drivers that want an event loop."""
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
"""By the module that is missing, where the package is called otherwise."""
_DIALECTS = {
    "firebird": "sqlalchemy-firebird",
    "db2": "ibm-db-sa",
    "access": "sqlalchemy-access",
    "hana": "sqlalchemy-hana",
}


class ForeignDown(ReasonError, RuntimeError):
    """The database cannot be asked now; the reason says why and what to do, and holds no password."""


class NoDriver(ForeignDown):
    """What speaks to that kind of database is not installed; `package` would bring it."""

    def __init__(self, why: Reason, package: str) -> None:
        super().__init__(why)
        self.package = package


class ForeignDatabase:
    """A database of somebody else's. Connects when it is asked, and hangs up afterwards."""

    def __init__(self, url: str, *, timeout_s: float = 60, zone: str = "UTC") -> None:
        """`url`: an address of SQLAlchemy's; `timeout_s`: how long it may take for a batch; `zone`: an IANA name, the
        zone of times without one, where the database lets us choose. Raises ForeignDown for one that cannot be used."""
        self._timeout_s, self._zone = timeout_s, zone
        try:
            self._url = make_url(url)
        except (ArgumentError, ValueError):
            raise ForeignDown(reason("foreign.address_unreadable")) from None
        self.dialect = self._url.get_backend_name()
        """sqlite, postgresql, mysql, mariadb, mssql, oracle, ..."""
        self._engine = self._made()

    def batches(
        self, query: str, values: Mapping[str, object], size: int
    ) -> Iterator[tuple[Sequence[str], Sequence[Values]]]:
        """Column names with at most `size` rows at once, as the database sends them; once with none when it has none.

        Raises ForeignDown. Memory holds one batch, wherever the driver can stream.
        """
        with self._described(), self._connected() as conn:
            watch = watched(conn, self._engine, self._timeout_s)
            with self._in_time(watch):
                with watch.waiting():
                    result = self._asked(conn, query, values, size)
                yield from _parts(result, size, watch)

    def _asked(self, conn: Connection, query: str, values: Mapping[str, object], size: int) -> CursorResult[Any]:
        maria = bool(getattr(conn.dialect, "is_mariadb", False))
        for statement in guards(self.dialect, self._timeout_s, self._zone, is_mariadb=maria):
            conn.exec_driver_sql(statement)
        streamed = conn.execution_options(stream_results=True, max_row_buffer=size, yield_per=size)
        result = streamed.execute(text(query), dict(values))
        if not result.returns_rows:
            raise ForeignDown(reason("foreign.no_rows"))
        return result

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """A connection; one that is left in the middle is cut, for its driver would first read all the rest."""
        conn, ended = self._opened(), False
        dbapi = conn.connection.driver_connection
        try:
            yield conn
            ended = True
        finally:
            if not ended:
                cut(conn, dbapi)
            conn.close()

    def _opened(self) -> Connection:
        with opening(self._engine, self._timeout_s) as watches, ExitStack() as undo:
            try:
                conn = undo.enter_context(self._engine.connect())
                forgiving(conn)
            except OF_DRIVERS:
                if not any(watch.expired for watch in watches):
                    raise
                at, seconds = place(self._url), f"{self._timeout_s:g}"
                raise ForeignDown(reason("foreign.silent", at=at, seconds=seconds, hint=LATER)) from None
            undo.pop_all()
        return conn

    def _made(self) -> Engine:
        options: dict[str, Any] = {"poolclass": NullPool, "hide_parameters": True}
        if self.dialect == "sqlite":
            return create_engine("sqlite://", creator=self._opener(), **options)
        plain = self._url.drivername == self.dialect and self.dialect in _OURS
        url = self._url.set(drivername=_OURS[self.dialect]) if plain else self._url
        if url.drivername.partition("+")[2] in _NOT_OURS:
            raise ForeignDown(reason("foreign.driver_unfit", driver=url.drivername, dialect=self.dialect))
        try:
            return create_engine(url, connect_args=waits(url, self._timeout_s), **options)
        except NoSuchModuleError:
            kind, package = repr(url.drivername[:40]), _DIALECTS.get(self.dialect)
            if package:
                raise NoDriver(reason("foreign.kind_missing", kind=kind, package=package), package) from None
            raise ForeignDown(reason("foreign.kind_unknown", kind=kind)) from None
        except ImportError as missing:
            name = (missing.name or url.get_driver_name()).partition(".")[0]
            package = _PACKAGES.get(name, name)
            raise NoDriver(reason("foreign.driver_missing", driver=name, package=package), package) from None
        except (SQLAlchemyError, TypeError, ValueError) as wrong:
            raise ForeignDown(reason("foreign.address_unfit", error=type(wrong).__name__)) from None

    def _opener(self) -> Any:
        path, wait_s = self._url.database or "", min(self._timeout_s, 5.0)
        if path in ("", ":memory:") or path.startswith("file:"):
            raise ForeignDown(reason("foreign.no_file_name"))
        address = f"file:{quote(str(Path(path).absolute()))}?mode=ro"

        def connect() -> sqlite3.Connection:
            dbapi = sqlite3.connect(address, uri=True, timeout=wait_s, check_same_thread=False)
            dbapi.execute("PRAGMA query_only = ON")
            dbapi.text_factory = lenient
            return dbapi

        return connect

    @contextmanager
    def _in_time(self, watch: Watch) -> Iterator[None]:
        """An expired watch is the reason, whatever the driver says."""
        try:
            yield
        except OF_DRIVERS:
            if not watch.expired:
                raise
            at, seconds = place(self._url), f"{self._timeout_s:g}"
            raise ForeignDown(reason("foreign.too_slow", at=at, seconds=seconds, hint=TOO_LONG)) from None

    @contextmanager
    def _described(self) -> Iterator[None]:
        try:
            yield
        except ForeignDown:
            raise
        except OF_DRIVERS as wrong:
            raise ForeignDown(describe(wrong, self._url)) from None


def _parts(result: CursorResult[Any], size: int, watch: Watch) -> Iterator[tuple[Sequence[str], Sequence[Values]]]:
    columns, read, any_came = tuple(result.keys()), reader(result), False
    partitions = result.partitions(size)
    while True:
        with watch.waiting():
            rows = next(partitions, None)
        if rows is None:
            break
        any_came = True
        yield columns, [read(row) for row in rows]
    if not any_came:
        yield columns, ()
